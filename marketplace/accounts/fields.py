# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fields of this room: e-mail addresses, degrees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from marketplace.accounts.details import NotAnEmail, canonical_email
from marketplace.errors import N_
from marketplace.web.forms import CleanText
from marketplace.web.texts import shown

NOT_A_DEGREE = N_("Degrees look like 43.88062 or 43,88062, between %(least)s and %(most)s.")

_DEGREES = re.compile(r"([+-]?[0-9]{1,3})(?:[.,]([0-9]{1,8}))?", re.ASCII)


class EmailField(CleanText):
    """An e-mail address in lower case; a foreign domain in its ASCII form, so that look-alikes show."""

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, most=254, **more)

    def pre_validate(self, form: Any) -> None:
        """Refuse what no mail server would take."""
        if not self.data:
            return
        try:
            self.data = canonical_email(self.data)
        except NotAnEmail as error:
            raise ValidationError(_(NotAnEmail.words)) from error


class DegreesField(Field):  # type: ignore[misc]
    """A latitude or longitude in degrees; `data` is a float or None."""

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), *, most: int, **more: Any) -> None:
        super().__init__(label, validators, **more)
        self.most = most

    def _value(self) -> str:
        if self.raw_data:
            return shown(str(self.raw_data[0]))
        return "" if self.data is None else f"{self.data:.5f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read degrees with a comma or a point."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        found = _DEGREES.fullmatch(text)
        degrees = float(f"{found[1]}.{found[2] or 0}") if found else self.most + 1.0
        if abs(degrees) > self.most:
            raise ValueError(_(NOT_A_DEGREE, least=-self.most, most=self.most))
        self.data = degrees
