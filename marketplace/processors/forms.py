# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is typed about a process that a firm does for others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import Optional, ValidationError

from marketplace.listings import choices
from marketplace.listings.words import term
from marketplace.web.forms import AmountField, ChoiceField, Form, MassField, PriceField, Required, Several
from marketplace.web.numbers import KILOGRAMS, Unit
from matching.market.vocabulary import PROCESSES

YIELD = Unit(decimals=4, least=1, most=1_000_000)
"""Per cent, kept in millionths of what goes in."""
BATCH = Unit(decimals=3, least=0, most=KILOGRAMS.most)


def _processes() -> list[tuple[str, str]]:
    return [("", _("Please choose")), *((code, term("process", code)) for code in PROCESSES)]


def _fibres() -> list[tuple[str, str]]:
    return [choice for choice in choices.fibres() if choice[0]]


class ProcessForm(Form):
    """A process: what goes in, what comes out, how much, at what cost."""

    process_code = ChoiceField(_l("Process"), [Required()], choices=_processes)
    input_forms = Several(
        _l("What goes in"), [Required()], choices=choices.forms_without_empty, description=_l("One or several.")
    )
    output_form = ChoiceField(_l("What comes out"), [Required()], choices=choices.forms)
    output_share = AmountField(
        _l("Yield"),
        [Required()],
        unit=YIELD,
        description=_l("Per cent of what goes in that comes out, with every loss, also of fibres that are removed."),
    )
    capacity_kg = MassField(
        _l("Capacity"), [Required()], description=_l("What can go in between one matching and the next.")
    )
    min_batch_kg = MassField(_l("Least batch"), [Optional()], unit=BATCH)
    cost = PriceField(
        _l("Cost"),
        [Required()],
        description=_l("Per kilogram that goes in. The coordinator reads it, other firms do not."),
    )
    regimes = Several(_l("Accepted legal states"), [Required()], choices=choices.regimes_without_empty)
    waste_codes = Several(_l("Waste codes of your permit"), [Optional()], choices=[])
    end_of_waste = BooleanField(_l("What goes in as waste ceases to be waste here (art. 184-ter)"))
    removes = Several(
        _l("Fibres that are removed"),
        [Optional()],
        choices=_fibres,
        description=_l("As carbonising removes cellulose."),
    )
    certificates = Several(_l("Certificates"), [Optional()], choices=choices.certificates)

    def offer_permits(self, permits: Iterable[str]) -> ProcessForm:
        """Let only waste codes of the firm's permits be ticked."""
        self.waste_codes.choices = choices.named_waste_codes(permits)
        return self

    def validate_min_batch_kg(self, field: Any) -> None:
        """A batch fits into the capacity."""
        if field.data and self.capacity_kg.data and field.data > self.capacity_kg.data:
            raise ValidationError(_("The least batch is more than the capacity."))

    def validate_regimes(self, field: Any) -> None:
        """Waste goes where a permit names its code."""
        if "WASTE" in (field.data or []) and not self.waste_codes.data:
            raise ValidationError(_("Waste needs at least one waste code of your permit."))

    def validate_end_of_waste(self, field: Any) -> None:
        """Only waste can cease to be waste."""
        if field.data and "WASTE" not in (self.regimes.data or []):
            raise ValidationError(_("Only where waste goes in can it cease to be waste."))

    def stated(self) -> dict[str, Any]:
        """The typed values by column of the processor."""
        several = ("input_forms", "regimes", "waste_codes", "removes", "certificates")
        return {
            **{name: ";".join(self[name].data or []) for name in several},
            "process": self.process_code.data,
            "output_form": self.output_form.data,
            "yield_ppm": self.output_share.data,
            "capacity_g": self.capacity_kg.data,
            "min_batch_g": self.min_batch_kg.data or 0,
            "cost_milli_eur_kg": self.cost.data,
            "end_of_waste": self.end_of_waste.data,
        }
