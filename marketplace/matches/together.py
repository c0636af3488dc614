# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each firm would do in an exchange among more than two: give, process or take, and how much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from marketplace.listings.models import Listing
from marketplace.listings.words import term, title
from marketplace.matches.models import Arrangement, Leg, Step
from marketplace.processors.models import Processor
from marketplace.web.languages import kilograms


@dataclass(frozen=True, slots=True)
class Part:
    """One firm's part. `role`: give, process or take; `thing` is its listing or processor; grams that it handles."""

    firm_id: int
    role: str
    thing: Listing | Processor
    mass_g: int


def parts_of(arrangement: Arrangement) -> Iterator[Part]:
    """Every part, in the order in which the goods go."""
    for leg in arrangement.legs:
        yield Part(leg.offer_firm_id, "give", leg.offer, leg.taken_g)
        yield from (_of_step(step) for step in leg.steps)
    yield Part(arrangement.need_firm_id, "take", arrangement.need, arrangement.delivered_g)


def parts_of_firm(arrangements: Iterable[Arrangement], firm_id: int) -> list[tuple[Arrangement, Part]]:
    """What one firm would do in each of these."""
    return [(one, part) for one in arrangements for part in parts_of(one) if part.firm_id == firm_id]


def is_still_possible(legs: Iterable[Leg]) -> bool:
    """Whether every offer still has what is to be taken of it."""
    return all(leg.is_still_free for leg in legs)


def words_of(part: Part) -> str:
    """What a firm would do in an exchange among several."""
    mass = kilograms(part.mass_g)
    if isinstance(part.thing, Processor):
        return str(_("process %(mass)s: %(process)s", mass=mass, process=term("process", part.thing.process)))
    what = title(part.thing)
    if part.role == "give":
        return str(_("give %(mass)s of your offer: %(what)s", mass=mass, what=what))
    return str(_("take %(mass)s for your need: %(what)s", mass=mass, what=what))


def _of_step(step: Step) -> Part:
    return Part(step.processor.firm_id, "process", step.processor, step.taken_g)


FILTERS: Mapping[str, Callable[..., object]] = {"part_words": words_of}
