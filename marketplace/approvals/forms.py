# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shape of a decision. Every decision carries, unseen, the digest of the terms that were on the screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import Regexp

from marketplace.web.forms import CleanLines, Form, Required


class DecisionForm(Form):
    """An approval: one button."""

    seen_sha256 = HiddenField(validators=[Regexp(r"[0-9a-f]{64}\Z")])


class ReasonForm(DecisionForm):
    """A return or a refusal, with the reason that both firms read."""

    reason = CleanLines(_l("Reason (both firms read it)"), [Required()], most=1000)
