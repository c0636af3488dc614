# SPDX-License-Identifier: AGPL-3.0-or-later
"""What changed between two written results, in lines for a terminal."""

from collections.abc import Iterator

from matching.console.words import say
from matching.evidence.claims import Result
from matching.evidence.diff import Diff, Moved, difference, shipped_by_result
from matching.evidence.proposal import VALUE_PLACES
from matching.evidence.units import decimal_text, kg_text


def diff_lines(before: Result, after: Result, lang: str) -> Iterator[str]:
    """Counts, kilograms, value and firms of both, then each proposal that came, went or changed."""
    found = difference(shipped_by_result(before), shipped_by_result(after))
    counts = {"added": len(found.added), "removed": len(found.removed), "changed": len(found.changed)}
    yield say("diff_counts", lang, **counts, unchanged=found.unchanged)
    yield from _standings(found, lang)
    for key, moved in (("diff_added", found.added), ("diff_removed", found.removed), ("diff_changed", found.changed)):
        yield from (f"  {_moved(key, one, lang)}" for one in moved)


def _standings(found: Diff, lang: str) -> Iterator[str]:
    one, other = found.before, found.after
    yield say("diff_mass", lang, before=kg_text(one.delivered_g), after=kg_text(other.delivered_g))
    values = [f"{decimal_text(side.value, VALUE_PLACES)} {side.unit}" for side in (one, other)]
    yield say("diff_value", lang, before=values[0], after=values[1])
    if one.unit != other.unit:
        fits = [decimal_text(side.fit, VALUE_PLACES) for side in (one, other)]
        yield say("diff_fit", lang, before=fits[0], after=fits[1])
    small = {"small_before": one.small_firms, "small_after": other.small_firms}
    yield say("diff_firms", lang, before=one.firms, after=other.firms, **small)


def _moved(key: str, moved: Moved, lang: str) -> str:
    way = " → ".join([moved.offer_id, *moved.processor_ids, moved.need_id])
    return say(key, lang, way=way, before=kg_text(moved.before_g), after=kg_text(moved.after_g))
