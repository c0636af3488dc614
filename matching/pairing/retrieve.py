# SPDX-License-Identifier: AGPL-3.0-or-later
"""All compatible pairs of a market, found without ever holding more than a stripe of the pairs examined.

Pairs are counted before they are built. In a small market each need looks at the offers of every block (equal
form and regime) that it accepts; in a larger one a compiled loop first drops what lies outside its limits
(`shelves.py`, `kernel.py`). Either way `rules.py` decides, and the pairs are the same.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from matching.executor import spread
from matching.market.columns import Bools, Int32s, Int64s
from matching.market.vocabulary import FORM_CODES, REGIMES
from matching.pairing.rules import RULES, Index
from matching.pairing.sides import Sides, accepting, block_key, lean

STRIPE: Final = 1 << 18  # pairs examined at once: some tens of megabytes
COMPILED_FROM: Final = 5_000_000  # pairs in the blocks; below, loading compiled code would take longer
COMPILED_STRIPE: Final = 1 << 21  # pairs a compiled loop examines at once; few of them are left
EXAMINED_CAP: Final = 20_000_000_000
COMPATIBLE_CAP: Final = 50_000_000  # 1.6 GB with values and arcs


class MarketTooLargeError(Exception):
    """More pairs than a machine should be asked to hold: `str()` names the blocks and what would help."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Offers of one form and regime, and the needs that accept both."""

    form: str
    regime: str
    offers: Index
    needs: Index

    @property
    def pairs(self) -> int:
        """How many pairs the block makes the rules examine."""
        return len(self.offers) * len(self.needs)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Compatible pairs, ordered by need, then offer; `examined` counts the pairs the rules looked at."""

    offer: Int32s
    need: Int32s
    examined: int

    def __len__(self) -> int:
        return len(self.offer)

    def at(self, places: Int64s) -> tuple[Int32s, Int32s]:
        """Offers and needs of some of the pairs."""
        return self.offer[places], self.need[places]


def blocks(sides: Sides) -> list[Block]:
    """The blocks the equality keys leave, largest first."""
    keys = sides.offers.form.astype(np.int64) * len(REGIMES) + sides.offers.regime
    found = []
    for form, regime in ((form, regime) for form in range(len(FORM_CODES)) for regime in range(len(REGIMES))):
        offers = np.flatnonzero(keys == block_key(form, regime))
        if len(offers):
            found.append(Block(FORM_CODES[form], REGIMES[regime], offers, accepting(sides.needs, form, regime)))
    return sorted(found, key=lambda block: -block.pairs)


def compatible_pairs(
    sides: Sides, progress: Callable[[float], None] = lambda share: None, executor: Executor | None = None
) -> Pairs:
    """Every pair that breaks no rule (of a recipe: no rule of its components); too many raise beforehand."""
    counted = blocks(sides)
    if sum(block.pairs for block in counted) >= COMPILED_FROM:
        job, shared, stripes = _compiled_stripes(sides)
    else:
        job, shared, stripes = _blockwise, lean(sides), list(_stripes(counted))
    examined = sum(size for size, _ in stripes)
    _refuse_if(examined > EXAMINED_CAP, f"{examined:,} pairs would have to be examined", counted)
    found, kept, seen = [np.zeros((2, 0), dtype=np.int32)], 0, 0
    for (size, _), pairs in zip(stripes, spread(job, shared, (part for _, part in stripes), executor), strict=True):
        seen += size
        kept += pairs.shape[1]
        _refuse_if(kept > COMPATIBLE_CAP, f"more than {COMPATIBLE_CAP:,} pairs are compatible", counted)
        found.append(pairs)
        progress(seen / examined)
    offer, need = np.concatenate(found, axis=1)
    order = np.argsort((need.astype(np.int64) << 32) + offer)
    return Pairs(offer[order], need[order], examined)


def may_compile(offers: int, needs: int) -> bool:
    """Whether a market of this size may be large enough for the compiled loop."""
    return offers * needs >= COMPILED_FROM


def load_compiled() -> None:
    """Loads the compiled loop, or compiles it where this machine has not kept it from an earlier run."""
    from matching.pairing.kernel import load

    load()


def passing(sides: Sides, o: Index, n: Index) -> tuple[Index, Index]:
    """Those of the pairs that break no rule; in a recipe, none of a component's."""
    for rule in RULES:
        keep = ~rule.broken(sides, o, n)
        if rule.of_mix:
            keep |= sides.needs.blend[n]
        o, n = o[keep], n[keep]
    return o, n


Stripes = list[tuple[int, Any]]  # how many pairs a stripe examines, and what it consists of


def _compiled_stripes(sides: Sides) -> tuple[Callable[[Any, Any], Int32s], Any, Stripes]:
    """Visits of the compiled loop, cut where the pairs they examine add up to a stripe."""
    from matching.pairing.shelves import lay_out  # here, so that small markets load no compiler

    hall = lay_out(sides, lawful(sides))
    done = np.concatenate([[0], np.cumsum(hall.examined)])
    ends = np.searchsorted(done, np.arange(COMPILED_STRIPE, done[-1] + COMPILED_STRIPE, COMPILED_STRIPE))
    edges = np.unique(np.concatenate([[0], np.minimum(ends, len(done) - 1)])).tolist()
    cuts = list(pairwise(edges))
    return _shelfwise, (lean(sides), hall), [(int(done[last] - done[first]), (first, last)) for first, last in cuts]


def lawful(sides: Sides) -> Bools:
    """The offers that no rule excludes whatever the need."""
    every, none = np.arange(len(sides.offers)), np.zeros(len(sides.offers), dtype=np.int64)
    broken = np.any([rule.broken(sides, every, none) for rule in RULES if rule.of_offer], axis=0)
    return np.asarray(~broken)


def _shelfwise(shared: Any, part: tuple[int, int]) -> Int32s:
    """The compatible pairs among those that some visits of the compiled loop leave: (2, pairs), offers first."""
    from matching.pairing.kernel import scan

    sides, hall = shared
    return np.stack(passing(sides, *scan(*hall.only(*part)))).astype(np.int32)


def _blockwise(sides: Sides, part: tuple[Index, Index]) -> Int32s:
    """The compatible pairs among all of some offers with some needs."""
    offers, needs = part
    return np.stack(passing(sides, np.tile(offers, len(needs)), np.repeat(needs, len(offers)))).astype(np.int32)


def _stripes(counted: list[Block]) -> Iterator[tuple[int, tuple[Index, Index]]]:
    for block in counted:
        for first in range(0, len(block.offers), STRIPE):
            offers = block.offers[first : first + STRIPE]
            step = max(1, STRIPE // len(offers))
            for at in range(0, len(block.needs), step):
                needs = block.needs[at : at + step]
                yield len(offers) * len(needs), (offers, needs)


def _refuse_if(too_large: bool, what: str, counted: list[Block]) -> None:
    if too_large:
        worst = ", ".join(f"{block.form} {block.regime} {block.pairs:,}" for block in counted[:3])
        raise MarketTooLargeError(
            f"{what}; the largest blocks: {worst}. Split the market by district or period, "
            "or let needs name fewer forms, a radius, a window or a composition."
        )
