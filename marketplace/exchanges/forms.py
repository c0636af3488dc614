# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shape of what is typed about loads: masses, days, documents, reasons."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from marketplace.errors import Refused
from marketplace.exchanges import bounds, rules
from marketplace.exchanges.loads import Sent, Weighed
from marketplace.web.forms import CleanLines, CleanText, DayField, Form, MassField, Required
from marketplace.web.languages import told
from marketplace.web.numbers import KILOGRAMS, Unit

FROM_ZERO = Unit(decimals=3, least=0, most=KILOGRAMS.most)
"""Masses in grams; a load can arrive empty or be turned away altogether."""

FIELDS: Mapping[type[Refused], str] = {
    bounds.TooMuch: "accepted_g",
    bounds.TooMuchSent: "mass_g",
    bounds.MoreThanArrived: "accepted_g",
    rules.NothingChanges: "accepted_g",
    bounds.ReasonMissing: "refusal_reason",
    bounds.BeforeApproval: "on",
    bounds.BeforeItWasSent: "on",
    bounds.InTheFuture: "on",
}
"""Refusals that are about one field: they stand beside it, and what was typed is kept."""


class ActForm(Form):
    """A form that can show a refusal beside the field it is about."""

    def explain(self, refusal: Refused) -> bool:
        """Put the refusal beside its field; False if it is about none of this form's."""
        name = FIELDS.get(type(refusal))
        if name is None or name not in self:
            return False
        self[name].errors = [told(refusal.words, refusal.facts)]
        return True


class SendForm(ActForm):
    """A load that leaves."""

    mass_g = MassField(_l("Net mass of the load"), [Required()])
    document_number = CleanText(_l("Number of the transport document"), [Required()], most=60)
    on = DayField(_l("Day of departure"), [Required()])

    def sent(self) -> Sent:
        """What was typed, of a form that was found valid."""
        mass_g, on = self.mass_g.data, self.on.data
        assert mass_g is not None
        assert on is not None
        return Sent(mass_g, self.document_number.data, on)


class WeighForm(ActForm):
    """What arrived and how much of it was accepted."""

    arrived_g = MassField(_l("Net mass on your scales"), [Required()], unit=FROM_ZERO)
    accepted_g = MassField(_l("Accepted of it"), [Required()], unit=FROM_ZERO)
    on = DayField(_l("Day of arrival"), [Required()])
    refusal_reason = CleanLines(_l("Why not all of it was accepted"), [Optional()], most=500)

    def weighed(self) -> Weighed:
        """What was typed, of a form that was found valid."""
        arrived_g, accepted_g, on = self.arrived_g.data, self.accepted_g.data, self.on.data
        assert arrived_g is not None
        assert accepted_g is not None
        assert on is not None
        return Weighed(arrived_g, accepted_g, on, self.refusal_reason.data or "")


class ReasonForm(ActForm):
    """A reason that the other side and the coordinator read."""

    reason = CleanLines(_l("Reason"), [Required()], most=500)


class MassForm(ActForm):
    """The mass that should count, and why."""

    accepted_g = MassField(_l("Mass that should count"), [Required()], unit=FROM_ZERO)
    reason = CleanLines(_l("Reason"), [Required()], most=500)

    def mass_g(self) -> int:
        """The mass in grams, of a form that was found valid."""
        accepted_g = self.accepted_g.data
        assert accepted_g is not None
        return accepted_g
