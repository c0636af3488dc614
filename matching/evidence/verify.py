# SPDX-License-Identifier: AGPL-3.0-or-later
"""Re-check a result without any solver: every rule on every proposal, every mass, score and figure, and the proof.

What is checked is what was written, not what the engine remembers.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matching.allocation.legality import Broken, broken_limits
from matching.allocation.legs import Task, delivered_g
from matching.evidence.claims import Claims, Fault, Result, read_prices, read_proposals
from matching.evidence.explain import leg_reasons
from matching.evidence.measure import broken_rules
from matching.evidence.run import Run
from matching.evidence.units import kg_text
from matching.evidence.verify_proof import proof_faults
from matching.evidence.view import View
from matching.evidence.written import Written

if TYPE_CHECKING:
    from matching.evidence.told import Told


class FailedCheckError(RuntimeError):
    """A run that does not pass its own check; `faults` say why. It is never a result."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def verify(result: Result, view: View | None = None) -> tuple[Fault, ...]:
    """Every fault of a result; none: it is what it says. `view` spares deriving the market a second time."""
    return _checked(result, view or result.derived_view(), None)[1]


def checked(run: Run, told: "Told | None" = None) -> Run:
    """The run with what its check has read; FailedCheckError where it does not say what is true.

    What an earlier check has found true of rows that still hold is not looked for again.
    """
    written, faults = _checked(run.as_result(), run.retained.view, told)
    if faults:
        raise FailedCheckError(faults)
    return replace(run, written=written)


def _checked(result: Result, view: View, told: "Told | None") -> tuple[Written, tuple[Fault, ...]]:
    claims, faults = read_proposals(view, result.proposal_rows, None if told is None else told.claims)
    prices, unread = read_prices(view, result.price_rows, () if told is None else told.prices)
    checks = (
        unread,
        _order(view, result, claims),
        _rules(view, claims),
        _permitted(view, result, claims),
        _scores(view, claims),
        _masses(claims),
        _limits(view, claims),
        _firms(view, result, claims),
        proof_faults(view, result, claims, prices),
    )
    written = Written(tuple(result.proposal_rows), tuple(result.price_rows), claims, prices)
    return written, (*faults, *(fault for check in checks for fault in check))


def _order(view: View, result: Result, claims: Claims) -> Iterator[Fault]:
    """One row per leg, ordered by need, then offer, then processors."""
    before: tuple[str, str, tuple[str, ...]] | None = None
    for k, at in enumerate(claims.rows):
        row = result.proposal_rows[at]
        here = row["need_id"], row["offer_id"], tuple(row["processor_ids"].split(";"))
        if here == before:
            yield Fault("duplicate", claims.where(k), f"{here[1]} → {here[0]}")
        elif before is not None and here < before:
            yield Fault("order", claims.where(k), "rows are ordered by need, then offer, then processors")
        before = here


def _rules(view: View, claims: Claims) -> Iterator[Fault]:
    direct = claims.legs.direct
    for k in np.flatnonzero(claims.place < 0).tolist():
        if view.listed:
            yield Fault("rule", claims.where(k), "not a listed pair")
            continue
        if not direct[k]:
            yield Fault("rule", claims.where(k), "no such way: a processor or the need does not take it")
            continue
        for broken in broken_rules(view.sides, int(claims.legs.offer[k]), int(claims.legs.need[k])):
            yield Fault("rule", claims.where(k), str(broken))


def _permitted(view: View, result: Result, claims: Claims) -> Iterator[Fault]:
    """Nothing forbidden."""
    offers, needs, forbidden = view.sides.offers.ids, view.sides.needs.ids, set(result.policy.forbids)
    for k, (offer, need) in enumerate(zip(claims.legs.offer.tolist(), claims.legs.need.tolist(), strict=True)):
        if (offers[offer], needs[need]) in forbidden:
            yield Fault("forbidden", claims.where(k), f"{offers[offer]} → {needs[need]}")


def _scores(view: View, claims: Claims) -> Iterator[Fault]:
    """Score, reasons and value of each proposal, recomputed; a leg that is not compatible has none."""
    compatible = np.flatnonzero(claims.place >= 0)
    worth, delivered = view.legs.value[claims.place[compatible]].tolist(), claims.delivered_g[compatible].tolist()
    for k, per_kg, grams in zip(compatible.tolist(), worth, delivered, strict=True):
        if claims.value[k] != per_kg * grams:
            yield Fault("value", claims.where(k), "not value per kg x delivered mass")
    unsaid = compatible[~claims.said[compatible]]
    reasons = leg_reasons(view, claims.place[unsaid])
    for k, score, text in zip(unsaid.tolist(), reasons.scores_micro(), reasons.texts(), strict=True):
        if claims.score[k] != score:
            yield Fault("score", claims.where(k), f"{claims.score[k]} instead of {score} micro-points")
        if claims.reasons[k] != text:
            yield Fault("reasons", claims.where(k), "not the terms of this pair")


def _masses(claims: Claims) -> Iterator[Fault]:
    """Grams of each proposal are more than none, and what arrives is what left, times the yields, rounded down."""
    for k in np.flatnonzero(claims.mass_g <= 0).tolist():
        yield Fault("mass", claims.where(k), f"{kg_text(claims.mass_g[k])} kg is not greater than 0")
    arriving = delivered_g(claims.mass_g, claims.legs.rate)
    for k in np.flatnonzero(arriving != claims.delivered_g).tolist():
        yield Fault("mass", claims.where(k), f"{kg_text(arriving[k])} kg arrive of what is taken")


def _limits(view: View, claims: Claims) -> Iterator[Fault]:
    """No listing gives or takes more than it has; lots, suppliers, least totals and batches hold."""
    places = {"offer": view.sides.offers.ids, "need": view.sides.needs.ids, "processor": view.processor_ids}
    for broken in broken_limits(_task(view, claims), claims.mass_g):
        leg = broken.side == "leg"
        where = claims.where(broken.row) if leg else f"{broken.side} {places[broken.side][broken.row]}"
        yield Fault(broken.kind, where, _disagreement(broken))


def _firms(view: View, result: Result, claims: Claims) -> Iterator[Fault]:
    """No firm has more proposals than the policy allows."""
    most, legs = result.policy.max_proposals_per_firm, claims.legs
    if most is None:
        return
    ends = [*(view.sides.offers.firms[k] for k in legs.offer), *(view.sides.needs.firms[k] for k in legs.need)]
    for firm, found in sorted(Counter(ends).items()):
        if found > most:
            yield Fault("proposals", f"firm {firm}", f"{found} proposals, at most {most}")


def _task(view: View, claims: Claims) -> Task:
    """What is claimed, with the recipes' rows over it; a leg that is not compatible is in none."""
    mix = view.mix.only(np.maximum(claims.place, 0)) if len(view.legs) else None
    return Task(claims.legs, view.limits, mix if (claims.place >= 0).all() else None)


def _disagreement(broken: Broken) -> str:
    if broken.kind == "recipe":
        return broken.what
    if broken.kind == "suppliers":
        return f"{broken.found} suppliers, at most {broken.allowed}"
    return f"{kg_text(broken.found)} kg, {kg_text(broken.allowed)} kg allowed"
