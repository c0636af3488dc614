# SPDX-License-Identifier: AGPL-3.0-or-later
"""The written list of compatible pairs, held against the market it was written for."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from matching.console.folder import kept_rows
from matching.console.inputs import PAIRS
from matching.evidence.claims import Fault
from matching.evidence.proposal import SCORE_PLACES
from matching.evidence.run import PAIR_COLUMNS
from matching.evidence.units import decimal_text
from matching.evidence.view import View

SHOWN: Final = 20

Way = tuple[str, str, str]  # offer, need, processors


def pair_faults(folder: Path, view: View) -> list[Fault]:
    """Pairs that pairs.csv lacks, has too many or values wrongly, the first few; nothing where it wasn't written."""
    if not (folder / PAIRS).exists():
        return []
    faults: list[Fault] = []
    rows = kept_rows(folder / PAIRS, PAIR_COLUMNS, faults)
    written = {(row["offer_id"], row["need_id"], row["processor_ids"]): row["value"] for row in rows}
    if len(written) != len(rows):
        faults.append(Fault("pairs", PAIRS, "a pair is listed twice"))
    return [*faults, *islice(_differences(written, _expected(view)), SHOWN)]


def _expected(view: View) -> dict[Way, str]:
    expected = {}
    for leg, value in enumerate(view.legs.value.tolist()):
        offer, need, through = view.name(leg)
        expected[offer, need, ";".join(through)] = decimal_text(value, SCORE_PLACES)
    return expected


def _differences(written: Mapping[Way, str], expected: Mapping[Way, str]) -> Iterator[Fault]:
    for way in sorted(written.keys() | expected.keys()):
        if written.get(way) != expected.get(way):
            found, right = written.get(way, "not listed"), expected.get(way, "not compatible")
            named = " → ".join(part for part in (way[0], way[2], way[1]) if part)
            yield Fault("pairs", PAIRS, f"{named}: {found} instead of {right}")
