# SPDX-License-Identifier: AGPL-3.0-or-later
"""The base of every form and the fields that the trade needs: text, kilograms, euros per kilogram, days."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from babel.numbers import get_decimal_symbol
from flask import request
from flask_babel import format_date, format_decimal, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, StopValidation
from wtforms.widgets import CheckboxInput, DateInput, ListWidget, TextInput

from marketplace.errors import N_
from marketplace.web.languages import FieldWords
from marketplace.web.numbers import EURO_PER_KG, KILOGRAMS, NotReadable, Unit, read_number
from marketplace.web.texts import Unreadable, clean, shown

MAX_TEXT = 4000
NOT_A_DAY = N_("“%(text)s” is not a day of the calendar. Write it as 31/12/2027 or 2027-12-31.")
FAR_DAY = N_("The day must lie between %(first)s and %(last)s.")
NOT_LISTED = _l("Please choose from the list.")
FIRST_DAY, LAST_DAY = date(2016, 1, 1), date(2046, 12, 31)

_FIELD_WORDS = FieldWords()
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)
_LOCAL_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", re.ASCII)


class Form(FlaskForm):  # type: ignore[misc]
    """A form with its CSRF token and the key under which its effect is kept.

    One key per rendering: sending the same rendering twice has one effect (`marketplace.web.replays`).
    """

    idempotency_key = HiddenField(default=lambda: str(uuid4()))

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Where the values come from, and in which language fields speak."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """What a form of a page sent; JSON, which Flask-WTF would read too, is not one and stays unread."""
            return None if request.is_json else super().wrap_formdata(form, formdata)

        def get_translations(self, _form: FlaskForm) -> FieldWords:
            """What WTForms says by itself, in the page's language."""
            return _FIELD_WORDS


class Confirmation(Form):
    """A form of one button."""


class CleanText(StringField):  # type: ignore[misc]
    """One line of text, cleaned; at most `most` characters."""

    lines = False

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), *, most: int = 200, **more: Any) -> None:
        super().__init__(label, [*validators, Length(max=most)], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Clean what was typed; keep it, as far as a page can show it, when it must be refused."""
        if not valuelist:
            return
        self.data = shown(valuelist[0])
        try:
            self.data = clean(valuelist[0], lines=self.lines)
        except Unreadable as error:
            raise ValueError(_(error.words)) from error


class CleanLines(CleanText, TextAreaField):  # type: ignore[misc]
    """Several lines of text, cleaned."""

    lines = True
    widget = TextAreaField.widget

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), *, most: int = MAX_TEXT, **more: Any) -> None:
        super().__init__(label, validators, most=most, **more)


def _with_local_mark(facts: Mapping[str, object]) -> dict[str, object]:
    """Numbers that a sentence names, a bound or a reading of what was typed, as the page's language writes them."""
    mark = get_decimal_symbol(get_locale())
    write: Mapping[str, Callable[[str], str]] = {
        "parts": lambda fact: fact.replace(",", mark),
        "limit": lambda fact: format_decimal(Decimal(fact), "#,##0.#########"),
    }
    return {name: write[name](str(fact)) if name in write else fact for name, fact in facts.items()}


class AmountField(Field):  # type: ignore[misc]
    """A decimal number kept as a whole number of the unit's smallest parts; None when empty.

    `data` is the amount (grams, thousandths of a euro per kg, …); what was typed stays in the field.
    """

    widget = TextInput()
    unit: Unit

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), *, unit: Unit, **more: Any) -> None:
        super().__init__(label, validators, **more)
        self.unit = unit

    def _value(self) -> str:
        if self.raw_data:
            return shown(str(self.raw_data[0]))
        if self.data is None:
            return ""
        return self.unit.typed(self.data).replace(".", get_decimal_symbol(get_locale()))

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read one number; an empty field is None."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = read_number(shown(valuelist[0]), self.unit)
        except NotReadable as error:
            raise ValueError(_(error.words, **_with_local_mark(error.facts))) from error


class MassField(AmountField):
    """Kilograms with up to three decimals; `data` in grams."""

    def __init__(
        self, label: Any = None, validators: Sequence[Any] = (), *, unit: Unit = KILOGRAMS, **more: Any
    ) -> None:
        super().__init__(label, validators, unit=unit, **more)


class PriceField(AmountField):
    """Euros per kilogram with up to three decimals, negative when the giver pays; `data` in thousandths."""

    def __init__(
        self, label: Any = None, validators: Sequence[Any] = (), *, unit: Unit = EURO_PER_KG, **more: Any
    ) -> None:
        super().__init__(label, validators, unit=unit, **more)


class DayField(Field):  # type: ignore[misc]
    """A day as 2027-12-31 or 31/12/2027; `data` is a date or None."""

    widget = DateInput()

    def _value(self) -> str:
        if self.raw_data:
            return shown(str(self.raw_data[0]))
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read one day of a sensible year."""
        self.data = None
        text = shown(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        self.data = _read_day(text)
        if not FIRST_DAY <= self.data <= LAST_DAY:
            self.data = None
            raise ValueError(_(FAR_DAY, first=format_date(FIRST_DAY), last=format_date(LAST_DAY)))


class ChoiceField(SelectField):  # type: ignore[misc]
    """One of a list; an empty first entry stands for «not stated» and becomes None."""

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(
            label, validators, coerce=lambda value: value or None, invalid_choice_message=NOT_LISTED, **more
        )


class Several(SelectMultipleField):  # type: ignore[misc]
    """Several of a list, as boxes to tick: a list box would ask for a mouse and a key at once."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, invalid_choice_message=NOT_LISTED, **more)


class Required:
    """Something must be there; unlike WTForms' own, zero and what could not be read are something."""

    field_flags = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Stop with a sentence when nothing was typed."""
        typed = any(str(value).strip() for value in field.raw_data or [])
        if not typed and not (field.raw_data is None and field.data):
            field.errors[:] = []
            raise StopValidation(_l("Please fill in this field."))


def _read_day(text: str) -> date:
    try:
        if iso := _ISO_DAY.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if local := _LOCAL_DAY.fullmatch(text):
            return date(int(local[3]), int(local[2]), int(local[1]))
    except ValueError as error:
        raise ValueError(_(NOT_A_DAY, text=shown(text[:40]))) from error
    raise ValueError(_(NOT_A_DAY, text=shown(text[:40])))
