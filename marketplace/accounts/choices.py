# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lists to choose from, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from marketplace.accounts.details import ALBO_CATEGORIES, TRADES
from marketplace.accounts.rules import ROLE_WORDS
from marketplace.policy import Role
from marketplace.web.languages import page_language
from matching.market.vocabulary import FIRM_SIZE_LIST, PLACES, THEMES

Choices = list[SelectChoice]
LANGUAGES = [SelectChoice("it", "Italiano"), SelectChoice("en", "English"), SelectChoice("zh-Hans", "中文")]
FOUR_THEMES = ("TEX", "URB", "CON", "AGR")
"""Those with listings; governance has none."""


def vocabulary_language() -> str:
    """The page's language as the vocabulary names it: it, en or zh."""
    return page_language().partition("-")[0]


def places() -> Choices:
    """Places of the district, by name."""
    named = sorted((place.name(vocabulary_language()), code) for code, place in PLACES.items())
    return _choices(("", _("Choose…")), *((code, name) for name, code in named))


def sizes() -> Choices:
    """Size classes of firms, the smallest first."""
    named = ((code, term.name(vocabulary_language())) for code, term in FIRM_SIZE_LIST.items())
    return _choices(("", _("not stated")), *named)


def themes() -> Choices:
    """The four themes of the city's strategy."""
    return _choices(*((code, THEMES[code].name(vocabulary_language())) for code in FOUR_THEMES))


def trades() -> Choices:
    """What firms do."""
    return _choices(("", _("Choose…")), *((code, _(words)) for code, words in TRADES.items()))


def albo() -> Choices:
    """Categories of the register of waste operators."""
    return _choices(*((code, _(words)) for code, words in ALBO_CATEGORIES.items()))


def associations(known: Iterable[tuple[int, str]]) -> Choices:
    """Associations as the view found them, or none."""
    return _choices(("", _("none")), *((str(key), name) for key, name in known))


def roles(of_kind: Iterable[Role]) -> Choices:
    """Roles that an organisation can give."""
    return _choices(*((role.value, _(ROLE_WORDS[role])) for role in of_kind))


def _choices(*pairs: tuple[str, str]) -> Choices:
    return [SelectChoice(code, words) for code, words in pairs]
