# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shape of what negotiators type. Every answer carries, unseen, the round that was on the screen."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import Optional, Regexp, ValidationError

from marketplace.negotiations.terms import NEVER_SEEN, TRANSPORTS, Answered, Terms
from marketplace.web.forms import ChoiceField, CleanLines, DayField, Form, MassField, PriceField, Required

_SEEN = re.compile(r"[0-9]{1,6} ([0-9a-f]{64})?", re.ASCII)
MAX_REASON = 500
MAX_MESSAGE = 2000


class AnswerForm(Form):
    """An answer to a round: its number and the digest of its terms, as the page showed them."""

    seen_round = HiddenField(default="0")
    seen_sha256 = HiddenField(default="")

    @property
    def answered(self) -> Answered:
        """The round that was seen; what no page of ours sends was never seen, like a round that is gone."""
        number, digest = self.seen_round.data, self.seen_sha256.data
        if _SEEN.fullmatch(f"{number} {digest}"):
            return Answered(int(number), digest)
        return NEVER_SEEN


class TermsForm(AnswerForm):
    """Terms, prefilled with those on the table."""

    mass_g = MassField(_l("Quantity"), [Required()])
    price_milli_eur_kg = PriceField(_l("Price"), [Required()])
    pickup_from = DayField(_l("Pick-up from"), [Optional()])
    pickup_until = DayField(_l("Pick-up until"), [Optional()])
    transport = ChoiceField(_l("Who brings the goods"), [Required()])
    sample = BooleanField(_l("A sample is sent first"))
    quality = CleanLines(_l("Quality"), [Optional()], most=1000)
    note = CleanLines(_l("Anything else"), [Optional()], most=1000)

    def __init__(self, *arguments: Any, **known: Any) -> None:
        super().__init__(*arguments, **known)
        self.transport.choices = [("", _("Please choose")), *((code, _(words)) for code, words in TRANSPORTS.items())]

    def validate_pickup_until(self, field: DayField) -> None:
        """The pick-up cannot end before it begins."""
        if field.data and self.pickup_from.data and field.data < self.pickup_from.data:
            raise ValidationError(_("The last day lies before the first one."))

    def terms(self) -> Terms:
        """The terms as one value; of a form that was found valid."""
        mass_g, price_milli_eur_kg = self.mass_g.data, self.price_milli_eur_kg.data
        assert mass_g is not None
        assert price_milli_eur_kg is not None
        return Terms(
            mass_g=mass_g,
            price_milli_eur_kg=price_milli_eur_kg,
            transport=self.transport.data,
            quality=self.quality.data or "",
            sample=self.sample.data,
            pickup_from=self.pickup_from.data,
            pickup_until=self.pickup_until.data,
            note=self.note.data or "",
        )


class WithdrawForm(Form):
    """Why a firm steps back, and the state in which it saw the negotiation."""

    reason = CleanLines(_l("Reason (the other firm reads it)"), [Required()], most=MAX_REASON)
    seen_state = HiddenField(validators=[Regexp(r"[a-z]{1,20}\Z")])


class MessageForm(Form):
    """A message to the other firm."""

    words = CleanLines(_l("Message"), [Required()], most=MAX_MESSAGE)
