# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is typed about an offer or a need: shape only; what the law asks stands in `facts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Optional, ValidationError

from marketplace.listings import choices
from marketplace.listings.facts import Problem
from marketplace.listings.typed import need_values, offer_values
from marketplace.web.forms import (
    AmountField,
    ChoiceField,
    CleanLines,
    CleanText,
    DayField,
    Form,
    MassField,
    PriceField,
    Required,
    Several,
)
from marketplace.web.languages import told
from marketplace.web.numbers import KILOGRAMS, Unit

ROWS = 2
"""Lines of fibres that stand on the page from the beginning; people add more, up to MOST_ROWS."""
MOST_ROWS = 12
PERCENT = Unit(decimals=2, least=0, most=10_000)
MILLIMETRES = Unit(decimals=3, least=1, most=1_000_000)
MICRONS = Unit(decimals=3, least=1, most=1_000_000)
DELTA_E = Unit(decimals=3, least=0, most=100_000)
RADIUS = Unit(decimals=3, least=1, most=20_000_000)
NUMBER = Unit(decimals=0, least=1, most=1_000)
LOT = Unit(decimals=3, least=0, most=KILOGRAMS.most)


class ShareRow(PlainForm):  # type: ignore[misc]
    """A fibre and how much of it there is."""

    fibre = ChoiceField(_l("Fibre"), choices=choices.fibres)
    percent = AmountField(_l("Per cent"), unit=PERCENT)


class BoundRow(PlainForm):  # type: ignore[misc]
    """A fibre and between what and what it may lie."""

    fibre = ChoiceField(_l("Fibre"), choices=choices.fibres)
    least = AmountField(_l("At least, per cent"), unit=PERCENT)
    most = AmountField(_l("At most, per cent"), unit=PERCENT)


class ListingForm(Form):
    """What offers and needs have in common."""

    category_code = ChoiceField(_l("Category"), [Required()], choices=choices.categories)
    mass_kg = MassField(_l("Quantity"), description=_l("In kilograms. Leave it empty if it is not weighed."))
    quantity = CleanText(_l("Quantity in another unit"), [Optional()], most=40)
    unit = ChoiceField(_l("Unit"), choices=choices.units)
    description = CleanLines(_l("Description"), [Optional()], description=_l("In your own words, in any language."))
    reference = CleanText(_l("Your own name for it"), [Optional()], most=60, description=_l("Only your firm sees it."))
    colour = CleanText(
        _l("Measured colour"),
        [Optional()],
        most=60,
        description=_l("As #1b2a41 or lab:18 2 -16. A name is no measurement."),
    )
    shade = ChoiceField(_l("Shade"), [Optional()], choices=choices.shades)
    lot_kg = MassField(_l("Smallest lot"), [Optional()], unit=LOT)
    from_day = DayField(_l("From"), [Optional()])
    until_day = DayField(_l("Until"), [Optional()])
    certificates = Several(_l("Certificates"), [Optional()], choices=choices.certificates)

    side = ""

    @property
    def fibres(self) -> FieldList:
        """The lines of the composition."""
        raise TypeError("an offer's or a need's form is asked")

    def one_more_fibre(self) -> None:
        """An empty line more, if there may be one."""
        if len(self.fibres) < MOST_ROWS:
            self.fibres.append_entry()

    def validate_quantity(self, field: Any) -> None:
        """A listing is counted in one unit."""
        if self.mass_kg.raw_data and self.mass_kg.raw_data[0].strip():
            raise ValidationError(_("State kilograms or another unit, not both."))

    def validate_colour(self, field: Any) -> None:
        """A measured colour needs no class beside it."""
        if self.shade.data:
            raise ValidationError(_("State a measured colour or a shade, not both."))

    def stated(self) -> dict[str, Any]:
        """The typed values by column of the listing."""
        raise TypeError("an offer's or a need's form is asked")

    @property
    def readable(self) -> dict[str, Any]:
        """What was typed; of a field that could not be read, what it is when nothing is typed."""
        return {
            name: ([] if isinstance(field.data, list) else None) if field.errors else field.data
            for name, field in self._fields.items()
        }

    def show(self, problems: Iterable[Problem]) -> bool:
        """Put what is missing or wrong beside the fields; whether there was anything to put.

        A field that could not be read is left alone: what it lacks is said already.
        """
        shown, unread = False, {name for name, field in self._fields.items() if field.errors}
        for problem in problems:
            name = self.places.get(problem.name, problem.name)
            field = self._fields.get(name)
            if field is not None and name not in unread:
                field.errors = [*field.errors, told(problem.words, problem.facts)]
                shown = True
        return shown

    places: Mapping[str, str] = {}


_PLACES = {
    "mass_g": "mass_kg",
    "lot_g": "lot_kg",
    "price_milli_eur_kg": "price",
    "length_um": "length_mm",
    "micron_milli": "micron",
}


class OfferForm(ListingForm):
    """What a firm has."""

    side = "offer"
    places = {**_PLACES, "forms": "form", "composition": "shares", "waste_codes": "waste_code"}

    form = ChoiceField(_l("Form"), choices=choices.forms)
    shares = FieldList(FormField(ShareRow), _l("Composition"), min_entries=ROWS, max_entries=MOST_ROWS)
    regime = ChoiceField(_l("Legal state"), choices=choices.regimes)
    origin = ChoiceField(_l("Origin"), choices=choices.origins)
    waste_code = ChoiceField(_l("Waste code"), [Optional()], choices=choices.waste_codes)
    price = PriceField(
        _l("Asking price"), [Optional()], description=_l("Empty means open; negative if you pay to have it taken away.")
    )
    price_shown = BooleanField(_l("Show the asking price to other firms"))
    divisible = BooleanField(_l("It may be sold in parts"), default=True)
    length_mm = AmountField(_l("Mean fibre length"), [Optional()], unit=MILLIMETRES)
    micron = AmountField(_l("Fineness"), [Optional()], unit=MICRONS)

    @property
    def fibres(self) -> FieldList:
        """Shares of fibres."""
        return self.shares

    def stated(self) -> dict[str, Any]:
        """The typed values by column of the listing."""
        return offer_values(self.readable)


class NeedForm(ListingForm):
    """What a firm looks for."""

    side = "need"
    places = {**_PLACES, "composition": "bounds", "regime": "regimes", "min_fill_g": "min_fill_kg"} | {
        "delta_e_milli": "delta_e"
    }

    forms = Several(_l("Accepted forms"), choices=choices.forms_without_empty, description=_l("One or several."))
    bounds = FieldList(FormField(BoundRow), _l("Composition"), min_entries=ROWS, max_entries=MOST_ROWS)
    others = ChoiceField(_l("Fibres that you did not name"), choices=choices.others)
    others_most = AmountField(_l("At most, per cent of fibres not named"), [Optional()], unit=PERCENT)
    regimes = Several(_l("Accepted legal states"), choices=choices.regimes_without_empty)
    waste_codes = Several(_l("Waste codes of your permit"), [Optional()], choices=[])
    use = ChoiceField(_l("What becomes of it"), [Optional()], choices=choices.uses)
    price = PriceField(
        _l("Highest price"),
        [Optional()],
        description=_l("Nobody else ever sees it. Empty means open; negative if you are paid to take it."),
    )
    delta_e = AmountField(_l("Colour tolerance (ΔE00)"), [Optional()], unit=DELTA_E)
    min_fill_kg = MassField(_l("Least total"), [Optional()], unit=LOT)
    max_suppliers = AmountField(_l("At most so many suppliers"), [Optional()], unit=NUMBER)
    blend = BooleanField(_l("Several lots may be blended to one recipe"))
    length_mm = AmountField(_l("Least fibre length"), [Optional()], unit=MILLIMETRES)
    micron = AmountField(_l("Coarsest fineness"), [Optional()], unit=MICRONS)
    radius = AmountField(_l("Not further than"), [Optional()], unit=RADIUS)

    @property
    def fibres(self) -> FieldList:
        """Bounds of fibres."""
        return self.bounds

    def offer_permits(self, permits: Iterable[str]) -> NeedForm:
        """Let only waste codes of the firm's permits be ticked."""
        self.waste_codes.choices = choices.named_waste_codes(permits)
        return self

    def stated(self) -> dict[str, Any]:
        """The typed values by column of the listing."""
        return need_values(self.readable)


class WithdrawForm(Form):
    """Why a listing leaves."""

    reason = CleanText(_l("Reason"), [Required()], most=300)


class PublishForm(Form):
    """Publishing; ticked where another listing looks like the same goods."""

    not_a_twin = BooleanField(_l("These are other goods: publish it"))


FORMS: Mapping[str, type[OfferForm] | type[NeedForm]] = {"offer": OfferForm, "need": NeedForm}


class UploadForm(Form):
    """A sheet of offers or of needs."""

    side = ChoiceField(_l("What is in the sheet"), [Required()], choices=choices.sides)
    sheet = FileField(_l("File"), [FileRequired()], description=_l("CSV, .xlsx or .ods, up to 5,000 rows."))


class AnswerForm(Form):
    """What holds for all rows of a sheet that do not say it themselves."""

    regime = ChoiceField(_l("Legal state of the rows that do not state one"), [Optional()], choices=choices.regimes)
    origin = ChoiceField(_l("Origin of the rows that do not state one"), [Optional()], choices=choices.origins)

    def answers(self) -> dict[str, str]:
        """The answers by name; an empty one asks again."""
        return {"regime": self.regime.data or "", "origin": self.origin.data or ""}


class SearchForm(PlainForm):  # type: ignore[misc]
    """What to look for among the listings on show."""

    q = CleanText(_l("Search"), most=100)
    theme = ChoiceField(_l("Theme"), choices=choices.any_theme)
    side = ChoiceField(_l("Offers or needs"), choices=choices.any_side)
    form = ChoiceField(_l("Form"), choices=choices.any_form)
    material = ChoiceField(_l("Material"), choices=choices.any_material)
    place = ChoiceField(_l("Place"), choices=choices.any_place)
    sort = ChoiceField(_l("Order"), choices=choices.orders)
