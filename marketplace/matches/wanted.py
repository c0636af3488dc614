# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run was asked for, and what it cannot be asked for yet, in the page's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import format_decimal
from flask_babel import gettext as _

from marketplace.matches.models import Run
from marketplace.matches.policies import PRESETS, Wish, read
from marketplace.web.languages import kilograms
from matching import Acceptance
from matching.pairing.acceptance import LEARNT, TOO_FEW


def policy_name(wish: Wish) -> str:
    """What the coordinator chose, if it stands in the list."""
    return str(_(PRESETS[wish.preset].name)) if wish.preset else str(_("another policy"))


def likelihood(wish: Wish) -> str:
    """Whether values count as often as both firms are likely to say yes."""
    if wish.acceptance is None:
        return str(_("not weighed"))
    return str(_("each pair counts as much as past answers make both firms likely to accept it"))


def steadiness(wish: Wish) -> str:
    """What a change has to bring."""
    if wish.tax_milli is None:
        return str(_("free to change everything"))
    points = format_decimal(wish.tax_milli / 1000, "0.###")
    return str(_("a kilogram moves only for at least %(points)s points more", points=points))


def facts_of(run: Run) -> list[tuple[str, str | None]]:
    """Rows that say what a run was asked for, and how much of what firms saw before it left in place."""
    wish, kept, moved = read(run.policy), run.summary.get("kept_kg"), run.summary.get("moved_kg")
    return [
        (_("Policy"), policy_name(wish)),
        (_("Likelihood that firms accept"), likelihood(wish)),
        (_("Changes to what firms see already"), _("no change") if run.is_repair else steadiness(wish)),
        (_("Kept of what firms saw before"), None if kept is None else kilograms(round(1000 * kept))),
        (_("Moved of what firms saw before"), None if moved is None else kilograms(round(1000 * moved))),
    ]


def asked_for(run: Run) -> str:
    """What tells a run from the others in a list: its policy, or that it only places anew what refusals set free."""
    return str(_("after refusals")) if run.is_repair else policy_name(read(run.policy))


def why_not_weighed(model: Acceptance | None) -> str:
    """Why a run cannot be weighed by a model of acceptance; empty where it can."""
    if model is None:
        return str(_("Past answers cannot be weighed yet: a first run has to read them."))
    if model.basis == LEARNT:
        return ""
    if model.basis == TOO_FEW:
        number = format_decimal(model.answers)
        return str(
            _("Past answers cannot be weighed yet: there are too few to learn from (%(number)s).", number=number)
        )
    return str(_("Past answers cannot be weighed: they do not tell better than chance which pairs are accepted."))


def why_not_steady(published: Run | None) -> str:
    """Why a run cannot hold on to what firms see; empty where it can."""
    return "" if published else str(_("There is no published run yet from which little could change."))


FILTERS: Mapping[str, Callable[..., object]] = {"run_policy": asked_for}
"""Filters that every template may use."""
