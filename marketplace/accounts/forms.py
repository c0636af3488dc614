# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is typed about firms, people and passwords: shape only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, PasswordField
from wtforms.validators import Optional, ValidationError

from marketplace.accounts import choices
from marketplace.accounts.details import FirmDetails
from marketplace.accounts.fields import DegreesField, EmailField
from marketplace.accounts.vat_numbers import is_vat_number, plain_vat_number
from marketplace.errors import N_
from marketplace.policy import Role
from marketplace.web.forms import ChoiceField, CleanLines, CleanText, DayField, Form, Required, Several
from marketplace.web.texts import shown
from matching.market.vocabulary import PLACES, WASTE_LIST, normalised_waste_code

NOT_A_VAT_NUMBER = N_("This is not an Italian VAT number: eleven digits, the last of which checks the others.")
NOT_AN_ATECO = N_("An ATECO code looks like 13.20 or 13.20.00.")
NOT_A_WASTE_CODE = N_("This code is not in the European list of waste. It looks like 04 02 22.")
ONE_OR_BOTH = N_("Please write both degrees, or neither.")

_ATECO = re.compile(r"[0-9]{2}(\.[0-9]{1,2}){0,2}", re.ASCII)


class SignInForm(Form):
    """The form at /sign-in."""

    email = CleanText(_l("E-mail address"), [Required()], most=254)
    password = PasswordField(_l("Password"), [Required()])
    next = HiddenField(filters=[lambda typed: shown(typed) if typed else None])


class FirmForm(Form):
    """What a firm says about itself."""

    name = CleanText(_l("Name of the firm"), [Required()], most=200)
    trade = ChoiceField(_l("Trade"), [Required()], choices=choices.trades)
    place_code = ChoiceField(_l("Place"), [Required()], choices=choices.places)
    theme_code = ChoiceField(_l("Theme"), [Required()], choices=choices.themes)
    size_class = ChoiceField(_l("Size"), choices=choices.sizes)
    ateco = CleanText(_l("ATECO code"), [Optional()], most=12)

    def validate_ateco(self, field: Field) -> None:
        """The shape of a code of the classification of trades."""
        if field.data and not _ATECO.fullmatch(field.data):
            raise ValidationError(_(NOT_AN_ATECO))


class ProfileForm(FirmForm):
    """The same with what is completed later."""

    language = ChoiceField(_l("Language of the firm"), [Required()], choices=choices.LANGUAGES)
    lat = DegreesField(_l("Latitude"), [Optional()], most=90)
    lon = DegreesField(_l("Longitude"), [Optional()], most=180)
    albo_categories = Several(_l("Categories of the Albo gestori ambientali"), choices=choices.albo)

    def validate_lon(self, field: Field) -> None:
        """One of two degrees says nothing."""
        if not self.lat.errors and (self.lat.data is None) != (field.data is None):
            raise ValidationError(_(ONE_OR_BOTH))


class SignUpForm(FirmForm):
    """A new firm and its first manager."""

    vat_number = CleanText(_l("VAT number (partita IVA)"), [Required()], most=20)
    association = ChoiceField(_l("Association"))
    mandate = BooleanField(_l("The association may see our listings and volumes"))
    person_name = CleanText(_l("Your name"), [Required()], most=120)
    email = EmailField(_l("E-mail address"), [Required()])
    language = ChoiceField(_l("Your language"), [Required()], choices=choices.LANGUAGES)

    def __init__(self, associations: Iterable[tuple[int, str]], **more: Any) -> None:
        super().__init__(**more)
        self.association.choices = choices.associations(associations)

    def validate_vat_number(self, field: Field) -> None:
        """The check digit must be right."""
        if not is_vat_number(field.data or ""):
            raise ValidationError(_(NOT_A_VAT_NUMBER))
        field.data = plain_vat_number(field.data)


class FirstPasswordForm(Form):
    """The password of somebody whose address is confirmed by following the link."""

    password = PasswordField(_l("Password"), [Required()])


class AssociationForm(Form):
    """Which association a firm belongs to, and what it may see."""

    association = ChoiceField(_l("Association"))
    mandate = BooleanField(_l("The association may see our listings and volumes"))

    def __init__(self, associations: Iterable[tuple[int, str]], **more: Any) -> None:
        super().__init__(**more)
        self.association.choices = choices.associations(associations)


class PermitForm(Form):
    """A waste code that the firm may receive."""

    waste_code = CleanText(_l("Waste code"), [Required()], most=12)
    number = CleanText(_l("Number of the permit"), [Optional()], most=60)
    valid_until = DayField(_l("Valid until"), [Optional()])

    def validate_waste_code(self, field: Field) -> None:
        """A code of the European list, in its one spelling."""
        code = normalised_waste_code(field.data or "")
        if code not in WASTE_LIST:
            raise ValidationError(_(NOT_A_WASTE_CODE))
        field.data = code


class SuspensionForm(Form):
    """Why a firm is suspended; its people read it."""

    reason = CleanLines(_l("Reason"), [Required()], most=500)


class RoleForm(Form):
    """A role of those that the organisation knows."""

    role = ChoiceField(_l("Role"), [Required()])

    def __init__(self, roles: Iterable[Role], **more: Any) -> None:
        super().__init__(**more)
        self.role.choices = choices.roles(roles)


class InviteForm(RoleForm):
    """A colleague to be invited."""

    email = EmailField(_l("E-mail address"), [Required()])
    language = ChoiceField(_l("Language of the mail"), [Required()], choices=choices.LANGUAGES)


class JoinForm(Form):
    """What somebody new says about themselves."""

    name = CleanText(_l("Your name"), [Required()], most=120)
    password = PasswordField(_l("Password"), [Required()])
    language = ChoiceField(_l("Your language"), [Required()], choices=choices.LANGUAGES)


class ForgotForm(Form):
    """Where to send a link for a new password."""

    email = CleanText(_l("E-mail address"), [Required()], most=254)


class ResetForm(Form):
    """A new password."""

    password = PasswordField(_l("New password"), [Required()])


class PersonForm(Form):
    """One's own name and language."""

    name = CleanText(_l("Your name"), [Required()], most=120)
    language = ChoiceField(_l("Your language"), [Required()], choices=choices.LANGUAGES)


class PasswordForm(Form):
    """One's own password, confirmed by the present one."""

    old_password = PasswordField(_l("Present password"), [Required()])
    new_password = PasswordField(_l("New password"), [Required()])


def firm_details(form: FirmForm, **more: Any) -> FirmDetails:
    """The firm as typed; without degrees, the point of its place."""
    place = PLACES[form.place_code.data]
    lat = form.lat.data if isinstance(form, ProfileForm) else None
    return FirmDetails(
        name=form.name.data,
        trade=form.trade.data,
        ateco=form.ateco.data or "",
        size_class=form.size_class.data or "",
        theme_code=form.theme_code.data,
        place_code=form.place_code.data,
        lat=place.lat if lat is None else lat,
        lon=place.lon if lat is None else form.lon.data,
        **more,
    )
