# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of proposals, of the reasons for them and of mixes, in the page's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask_babel import format_decimal
from flask_babel import gettext as _

from marketplace.errors import N_
from marketplace.listings.words import share_of
from marketplace.listings.words import term as term_of
from marketplace.web.languages import listed

PROPOSAL_STATES: Mapping[str, tuple[str, str]] = {
    "computed": (N_("Not shown yet"), "neutral"),
    "dropped": (N_("Dropped at publication"), "neutral"),
    "open": (N_("Waiting for answers"), "waiting"),
    "negotiating": (N_("Both want to talk"), "good"),
    "declined": (N_("Declined"), "bad"),
    "retired": (N_("No longer current"), "neutral"),
    "concluded": (N_("Led to a deal"), "good"),
}
"""State of a proposal → words and tone of its badge."""

TERMS: Mapping[str, str] = {
    "composition": N_("Composition"),
    "colour": N_("Colour"),
    "form": N_("Suitable form"),
    "price": N_("Price"),
    "price open": N_("Price open"),
    "distance": N_("Distance"),
    "time": N_("Time"),
    "hierarchy": N_("What becomes of it"),
    "text": N_("Description"),
    "in the recipe": N_("In the recipe"),
}
"""Name of a reason of the engine → words."""

FACTS: Mapping[str, str] = {
    "both priced": N_("Both name a price"),
    "both colours measured": N_("Both colours measured"),
    "masses alike": N_("Similar quantities"),
}
"""What a model of acceptance knows of a pair beside its reasons → words."""

BASES: Mapping[str, str] = {
    "learnt": N_(
        "The model foresees answers better than chance explains. Runs weigh by it where the coordinator asks for that."
    ),
    "too few answers": N_("There are too few answers to learn from; every pair counts as equally likely."),
    "no better than the prior": N_(
        "Past answers do not tell which pairs are accepted; every pair counts as equally likely."
    ),
}
"""What a model of acceptance rests on → words."""

DECLINE_REASONS: Mapping[str, str] = {
    "quality": N_("The quality does not fit"),
    "composition": N_("The composition does not fit"),
    "colour": N_("The colour does not fit"),
    "quantity": N_("The quantity does not fit"),
    "time": N_("The time does not fit"),
    "distance": N_("Too far away"),
    "price": N_("The price will not fit"),
    "placed": N_("Placed or found elsewhere"),
    "other": N_("Another reason"),
}
"""Why a proposal is not for a firm."""

UNMATCHED: Mapping[str, str] = {
    "no compatible partner": N_("no listing of the other side passes the rules"),
    "excluded by the policy": N_("kept apart: refused before, talked about already, or not for this run"),
    "partners taken": N_("possible partners are better used elsewhere"),
}
"""Reason of the engine why kilograms stay where they are → words."""

_LIMITS: Mapping[str, str] = {
    "mass wanted": N_("all that is wanted"),
    "length": N_("the fibre length"),
    "micron": N_("the fineness"),
    "price": N_("the highest price"),
}
"""Limits of a mix that are no fibre's."""


def state_of_proposal(state: str) -> tuple[str, str]:
    """Words and tone of a proposal's badge."""
    words, tone = PROPOSAL_STATES[state]
    return str(_(words)), tone


def term(name: str) -> str:
    """A reason of the engine."""
    return str(_(TERMS[name])) if name in TERMS else name


def feature(name: str) -> str:
    """What a model of acceptance weighs."""
    return str(_(FACTS[name])) if name in FACTS else term(name)


def basis(key: str) -> str:
    """What the forecast of answers rests on."""
    return str(_(BASES[key]))


def decline_reason(key: str) -> str:
    """Why a firm said no; a refusal by the coordinator has its words in its case."""
    return str(_(DECLINE_REASONS[key])) if key in DECLINE_REASONS else str(_("Refused by the coordinator"))


def unmatched(key: str) -> str:
    """Why kilograms stay where they are."""
    return str(_(UNMATCHED[key])) if key in UNMATCHED else key


def binding(limit: str) -> str:
    """What a mix could not have more or less of, from the engine's "WO at least", "mass of O-12", "mass wanted"."""
    if limit in _LIMITS:
        return str(_(_LIMITS[limit]))
    if limit.startswith("mass of O-"):
        return str(_("all that offer %(number)s has", number=limit.removeprefix("mass of O-")))
    if limit.startswith("colour ΔE00 at most "):
        return str(_("the colour tolerance"))
    fibre, _space, way = limit.partition(" ")
    name = _("other fibres") if fibre == "*" else term_of("fibre", fibre)
    return str(_("not more %(fibre)s", fibre=name) if way == "at most" else _("not less %(fibre)s", fibre=name))


def mix(composition: Sequence[tuple[str, float]]) -> str:
    """What a mix is made of: «69.43% wool, 28% polyamide»."""
    return listed(share_of(term_of("fibre", fibre), 100 * per_cent) for fibre, per_cent in composition)


def kilometres(metres: int) -> str:
    """A distance with one decimal."""
    return str(_("%(distance)s km", distance=format_decimal(metres / 1000, "#,##0.0")))


FILTERS: Mapping[str, Callable[..., object]] = {
    "proposal_state": state_of_proposal,
    "decline_reason": decline_reason,
    "acceptance_basis": basis,
    "acceptance_feature": feature,
    "unmatched_reason": unmatched,
    "kilometres": kilometres,
    "binding_words": binding,
    "mix_words": mix,
}
"""Filters that every template may use."""
