# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a market looks like to an allocation and to its proof: compatible pairs, legs, their values and limits."""

from dataclasses import dataclass, replace

import numpy as np

from matching.allocation.legs import WHOLE, Legs, Limits, Task, direct_legs
from matching.allocation.objectives import Objective, unit_of, values
from matching.allocation.recipes import Mix
from matching.market.columns import Int64s, Processors
from matching.market.listed import ListedPairs
from matching.pairing.acceptance import FEATURES, Acceptance, features
from matching.pairing.chains import Ways, rates
from matching.pairing.retrieve import Pairs
from matching.pairing.rules import Index
from matching.pairing.score import Scorer
from matching.pairing.sides import Sides

Name = tuple[str, str, tuple[str, ...]]  # offer, need, processors


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Compatible ways through processors: pairs of a way (as the offer it would be) and a need."""

    ways: Ways
    scorer: Scorer
    pairs: Pairs


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """All compatible pairs of a market, and all legs an allocation may use with their values under a policy."""

    scorer: Scorer
    stages: tuple[tuple[Objective, ...], ...]  # in order of priority; values are those of the last
    pairs: Pairs
    processors: Processors | None
    chains: Chains | None
    legs: Legs  # the pairs in their order, then the chains
    earlier: tuple[Int64s, ...]  # values per kg of each leg by the objectives before the last
    limits: Limits
    mix: Mix
    kept_g: Int64s | None = None  # grams each leg delivered before, where a policy wants little moved
    acceptance: Acceptance | None = None  # values are expected ones
    own_pairs: ListedPairs | None = None  # listed with values of their own: no rule, score or recipe applies

    @property
    def task(self) -> Task:
        """All legs with all that limits them."""
        return Task(self.legs, self.limits, self.mix)

    @property
    def listed(self) -> bool:
        """Whether the pairs were listed instead of found."""
        return self.own_pairs is not None

    @property
    def unit(self) -> str:
        """What values are measured in."""
        return unit_of(self.stages[-1], self.acceptance is not None)

    @property
    def stage_names(self) -> tuple[tuple[str, str], ...]:
        """Kinds and unit of each objective in order of priority."""
        expected = self.acceptance is not None
        return tuple((" + ".join(one.kind for one in stage), unit_of(stage, expected)) for stage in self.stages)

    @property
    def sides(self) -> Sides:
        """Both sides, in the order of the inputs."""
        return self.scorer.sides

    @property
    def processor_ids(self) -> tuple[str, ...]:
        """Ids of the processors."""
        return () if self.processors is None else self.processors.ids

    @property
    def priced_ids(self) -> dict[str, tuple[str, ...]]:
        """What has a price in the proof, by side."""
        offers, needs = self.sides.offers.ids, self.sides.needs.ids
        return {"offer": offers, "need": needs, "processor": self.processor_ids, "recipe": self.mix.names}

    @property
    def multiplied_ids(self) -> dict[str, tuple[str, ...]]:
        """What may have a multiplier in the proof of a policy of several aims, by side."""
        floors = tuple(str(at + 1) for at in range(len(self.earlier)))
        firsts = {"first offer": self.sides.offers.ids, "first need": self.sides.needs.ids}
        return {"floor": floors, "bonus": ("bonus",), **firsts, "kept": tuple(self.kept_names)}

    @property
    def kept_names(self) -> dict[str, int]:
        """Legs that had grams before, by name."""
        legs = [] if self.kept_g is None else np.flatnonzero(self.kept_g).tolist()
        names = ((leg, self.name(leg)) for leg in legs)
        return {" → ".join([name[0], *name[2], name[1]]): leg for leg, name in names}

    def worth(self, o: Index, n: Index) -> Int64s:
        """What direct pairs are worth, in micro-units per kg."""
        return values(self.stages[-1], self.scorer, o, n, self.acceptance)

    def legs_of(self, offer: Int64s, need: Int64s, first: Int64s, second: Int64s) -> Legs:
        """Legs between these rows, with the rates of their processors and no value."""
        legs = direct_legs(offer, need, np.zeros(len(offer), dtype=np.int64))
        rate, first_rate = self._listed_rates(legs) if self.listed else rates(self.processors, first, second)
        return replace(legs, first=first, second=second, rate=rate, first_rate=first_rate)

    def _listed_rates(self, legs: Legs) -> tuple[Int64s, Int64s]:
        """The yields of listed pairs, 1 for one that is not listed."""
        width = len(self.sides.offers)
        known, asked = (side.need * width + side.offer for side in (self.legs, legs))
        at = np.minimum(np.searchsorted(known, asked), max(len(known) - 1, 0))
        found = known[at] == asked if len(known) else np.zeros(len(asked), dtype=np.bool_)
        rate = self.legs.rate[at] if len(known) else legs.rate
        return np.where(found, rate, WHOLE), legs.first_rate

    def shares(self, leg: int) -> Int64s:
        """What a leg delivers is made of, hundredths of a percent by fibre."""
        at = leg - len(self.pairs)
        if at < 0 or self.chains is None:
            return np.asarray(self.sides.shares[self.legs.offer[leg]], dtype=np.int64)
        way = self.chains.pairs.offer[at]
        return np.asarray(self.chains.scorer.sides.shares[way], dtype=np.int64)

    def features(self, legs: Int64s) -> Int64s:
        """(features, legs) what a model of acceptance may know of each leg; a chain is judged as the offer it makes."""
        columns, direct = np.zeros((len(FEATURES), len(legs)), dtype=np.int64), legs < len(self.pairs)
        columns[:, direct] = features(self.scorer, *self.pairs.at(legs[direct]))
        if self.chains is not None and not direct.all():
            columns[:, ~direct] = features(self.chains.scorer, *self.chains.pairs.at(legs[~direct] - len(self.pairs)))
        return columns

    def in_order(self, legs: Int64s) -> Int64s:
        """The same legs in the order of need, offer, processors: that of their rows, where listings stand by id."""
        ends = (self.legs.second, self.legs.first, self.legs.offer, self.legs.need)
        order = np.lexsort([end[legs] for end in ends])
        return np.asarray(legs, dtype=np.int64)[order]

    def names(self, legs: Int64s) -> list[Name]:
        """The ids of each leg."""
        offers, needs, plants = self.sides.offers.ids, self.sides.needs.ids, self.processor_ids
        offer, need, first, second = (
            end[legs].tolist() for end in (self.legs.offer, self.legs.need, self.legs.first, self.legs.second)
        )
        ways = [tuple(plants[step] for step in steps if step >= 0) for steps in zip(first, second, strict=True)]
        return [(offers[o], needs[n], way) for o, n, way in zip(offer, need, ways, strict=True)]

    def name(self, leg: int) -> Name:
        """The ids of one leg."""
        return self.names(np.array([leg]))[0]
