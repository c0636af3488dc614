# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the engine found, as rows of a run: proposals that two firms can take up, arrangements that take more.

A recipe of several offers and a way through processors need more than two firms to agree. Each of its deals between
two firms is a proposal, and they stand and fall together: those of a recipe whose offers go straight to the need are
made here, the stages of what passes processors once the run is published (`stages.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from marketplace.db import Base
from marketplace.matches.fair import Pair
from marketplace.matches.market import Market, key_of
from marketplace.matches.models import Arrangement, LeftOut, Leg, Proposal, Run, Step
from marketplace.matches.rules import State
from matching import Proposal as Found
from matching import Recipe, Term
from matching import Run as Solution
from matching.pairing.distance import distance_km

Known = tuple[Found, dict[str, int]]
"""What was found, with what a model of acceptance may know of it."""
Group = list[Known]
"""What belongs together: the components of a recipe, or one way through processors."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Rows to keep, and figures for the run's summary."""

    rows: Sequence[Base]
    figures: dict[str, Any]


def rows_of(run: Run, market: Market, solution: Solution, fair: Mapping[Pair, Mapping[str, Any]]) -> Findings:
    """Everything a solution says, as rows of its run; `fair` are the ranges of prices by offer and need."""
    pairs, groups = _apart(market, solution)
    proposals = list(_proposals(run, market, pairs))
    for (found, _features), proposal in zip(pairs, proposals, strict=True):
        proposal.fair = dict(fair.get((found.offer_id, found.need_id), {}))
    writer = _Writer(run, market, solution)
    arrangements = [writer.arrangement([found for found, _features in group]) for group in groups]
    for arrangement, group in zip(arrangements, groups, strict=True):
        if arrangement.is_direct:
            arrangement.components = list(_proposals(run, market, group))
    figures = _figures(proposals, arrangements) | {
        "idle_processors": [[processor_id, reason] for processor_id, reason in market.idle],
    }
    return Findings([*proposals, *arrangements, *_left_out(run, market)], figures)


def _figures(proposals: Sequence[Proposal], arrangements: Sequence[Arrangement]) -> dict[str, Any]:
    """What two firms are asked, recipes of which all components are, and what passes processors."""
    recipes = [one for one in arrangements if one.is_direct]
    arranged_g = sum(one.delivered_g for one in arrangements if not one.is_direct)
    return {
        "proposals": len(proposals) + sum(len(one.components) for one in recipes),
        "recipes": len(recipes),
        "arrangements": len(arrangements) - len(recipes),
        "arranged_kg": arranged_g / 1000,
    }


def _apart(market: Market, solution: Solution) -> tuple[Group, list[Group]]:
    """What two firms can do between them, and what takes more: each recipe, and each way through processors."""
    blends = {need for need, blend in zip(market.needs.ids, market.needs.blend, strict=True) if blend}
    together: dict[tuple[str, ...], Group] = defaultdict(list)
    for found, features in zip(solution.proposals, solution.features(), strict=True):
        apart = () if found.need_id in blends else (found.offer_id, *found.processor_ids)
        together[(found.need_id, *apart)].append((found, features))
    pairs, rest = [], []
    for group in together.values():
        if len(group) == 1 and not group[0][0].processor_ids:
            pairs.extend(group)
        else:
            rest.append(group)
    return pairs, rest


def _proposals(run: Run, market: Market, pairs: Sequence[Known]) -> Iterator[Proposal]:
    offers, needs = market.offers, market.needs
    firms = dict(zip(offers.ids + needs.ids, offers.firms + needs.firms, strict=True))
    for (found, features), metres in zip(pairs, _metres(market, [one for one, _known in pairs]), strict=True):
        yield Proposal(
            run_id=run.id,
            offer_id=key_of(found.offer_id),
            need_id=key_of(found.need_id),
            offer_firm_id=int(firms[found.offer_id]),
            need_firm_id=int(firms[found.need_id]),
            state=State.COMPUTED,
            mass_g=found.mass_g,
            score_micro=found.score_micro,
            distance_m=metres,
            reasons=[_reason(term) for term in found.reasons],
            features=features,
        )


def _metres(market: Market, pairs: Sequence[Found]) -> list[int]:
    """The great-circle distance of each pair, rounded up to metres."""
    places = [{listing: row for row, listing in enumerate(side.ids)} for side in (market.offers, market.needs)]
    o = np.array([places[0][one.offer_id] for one in pairs], dtype=np.int64)
    n = np.array([places[1][one.need_id] for one in pairs], dtype=np.int64)
    km = distance_km(market.offers.lat[o], market.offers.lon[o], market.needs.lat[n], market.needs.lon[n])
    return [int(metres) for metres in np.ceil(km * 1000)]


def _reason(term: Term) -> dict[str, str | int]:
    return {"name": term.name, "amount_micro": term.amount_micro, "offer": term.offer, "need": term.need}


def _left_out(run: Run, market: Market) -> Iterator[LeftOut]:
    for listing_id, reason in market.left_out:
        yield LeftOut(run_id=run.id, listing_id=listing_id, reason=reason[:120])


class _Writer:
    """Makes the rows of arrangements of one run."""

    def __init__(self, run: Run, market: Market, solution: Solution) -> None:
        self._run, self._solution, self._processors = run, solution, market.processors
        offers, needs = market.offers, market.needs
        self._firms = dict(zip(offers.ids + needs.ids, offers.firms + needs.firms, strict=True))
        self._place = {processor: row for row, processor in enumerate(market.processors.ids)}

    def arrangement(self, group: Sequence[Found]) -> Arrangement:
        """The legs of one need that belong together."""
        need = group[0].need_id
        recipe = self._solution.recipe(need)
        swatches = {(part.offer_id, part.processor_ids): part.swatch for part in recipe.components} if recipe else {}
        return Arrangement(
            run_id=self._run.id,
            need_id=key_of(need),
            need_firm_id=int(self._firms[need]),
            kind="recipe" if recipe else "chain",
            delivered_g=sum(found.delivered_g for found in group),
            facts=_facts(recipe) if recipe else {},
            legs=[
                self._leg(found, swatches.get((found.offer_id, found.processor_ids), ""))
                for found in sorted(group, key=lambda found: -found.delivered_g)
            ],
        )

    def _leg(self, found: Found, swatch: str) -> Leg:
        return Leg(
            offer_id=key_of(found.offer_id),
            offer_firm_id=int(self._firms[found.offer_id]),
            taken_g=found.mass_g,
            delivered_g=found.delivered_g,
            swatch=swatch,
            score_micro=found.score_micro,
            reasons=[_reason(term) for term in found.reasons],
            steps=list(self._steps(found)),
        )

    def _steps(self, found: Found) -> Iterator[Step]:
        grams = found.mass_g
        for place, processor in enumerate(found.processor_ids, start=1):
            row = self._place[processor]
            yield_ppm = int(self._processors.yield_ppm[row])
            yield Step(
                place=place,
                processor_id=key_of(processor),
                taken_g=grams,
                yield_ppm=yield_ppm,
                cost_milli_eur_kg=int(self._processors.cost_milli[row]),
            )
            grams = grams * yield_ppm // 1_000_000


def _facts(recipe: Recipe) -> dict[str, Any]:
    return {
        "composition": [[fibre, round(per_cent, 2)] for fibre, per_cent in recipe.composition],
        "swatch": recipe.swatch,
        "wanted_swatch": recipe.wanted_swatch,
        "delta_e": recipe.delta_e,
        "binding": list(recipe.binding),
    }
