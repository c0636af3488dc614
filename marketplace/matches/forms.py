# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forms of this room: starting a run, saying no to a proposal."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation

from marketplace.matches.policies import PRESETS
from marketplace.matches.words import DECLINE_REASONS
from marketplace.web.forms import AmountField, ChoiceField, CleanLines, Form, Required
from marketplace.web.numbers import Unit

SECONDS = Unit(decimals=0, least=5, most=600)
"""Wall clock for the allocation."""
POINTS = Unit(decimals=3, least=1, most=1000)
"""Thousandths of a point: a pair that suits in everything is worth one per kilogram."""


class _WhereSteady:
    """A tax has to be named by whoever wants few changes, and by nobody else."""

    field_flags = {"optional": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Stop with a sentence when nothing was typed."""
        if form["steady"].data and field.data is None and not field.errors:
            raise StopValidation(_l("Say how many points a change has to bring, for example 0.05."))


class StartForm(Form):
    """What the next run should want."""

    preset = ChoiceField(
        _l("Policy"), [Required()], choices=[SelectChoice(key, _l(preset.name)) for key, preset in PRESETS.items()]
    )
    seconds = AmountField(_l("Time limit in seconds"), [Required()], unit=SECONDS, default=30)
    weigh = BooleanField(_l("Weigh by how likely both firms accept"))
    steady = BooleanField(_l("Change as little as possible"))
    tax = AmountField(_l("Points per kilogram that a change has to bring"), [_WhereSteady()], unit=POINTS, default=50)

    def heeds(self, hindrances: Mapping[str, str]) -> bool:
        """Whether nothing is ticked that cannot be had; `hindrances` says why, by the names of fields."""
        for name, words in hindrances.items():
            if self[name].data:
                self[name].errors = [*self[name].errors, words]
        return not self.errors


class DeclineForm(Form):
    """Why a proposal is not for the firm."""

    reason = ChoiceField(
        _l("Why is it not for you?"),
        [Required()],
        choices=[
            SelectChoice("", _l("Please choose")),
            *(SelectChoice(key, _l(words)) for key, words in DECLINE_REASONS.items()),
        ],
    )
    words = CleanLines(_l("In your own words (the other firm does not see this)"), most=500)
