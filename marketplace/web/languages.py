# SPDX-License-Identifier: AGPL-3.0-or-later
"""Italian, English and Simplified Chinese: which one a page speaks, and how it writes numbers and days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request
from flask import session as cookie
from flask_babel import Babel, Domain, force_locale, format_date, format_decimal, format_time, get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape
from wtforms.i18n import messages_path

from marketplace.settings import LANGUAGES

_BABEL_CODES = {"it": "it", "en": "en_GB", "zh-Hans": "zh_Hans"}
"""The English is a European reader's: 30 Nov 2026, 16:30."""
_COLOUR = re.compile(r"(?<!\w)(#[0-9a-fA-F]{6})\b")
_FIELD = Markup(
    '<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" fill="{0}"/></svg>'
)


class _Catalogues(Domain):  # type: ignore[misc]
    """The words of all rooms. A page asks for them a hundred times and more, always in the same language, so the
    newest answer is kept; Flask-Babel would spell out the language's name each time."""

    def __init__(self) -> None:
        super().__init__()
        self._newest: tuple[Locale | None, NullTranslations] = (None, NullTranslations())

    def get_translations(self) -> NullTranslations:
        """The words of the language that is spoken now."""
        locale = get_locale()
        # One read and one write of one name: threads that speak other languages may replace it in between.
        known, words = self._newest
        if known is not locale:
            words = super().get_translations()
            self._newest = locale, words
        return words


babel = Babel()
babel.domain_instance = _Catalogues()


class FieldWords:
    """What WTForms says of a field by itself, read from its files once per language instead of once per request."""

    def gettext(self, words: str) -> str:
        """The sentence in the page's language."""
        return str(_field_words(get_locale()).ugettext(words))

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The sentence for this number."""
        return str(_field_words(get_locale()).ungettext(one, many, number))


@cache
def _field_words(locale: Locale) -> NullTranslations:
    return Translations.load(messages_path(), [locale], domain="wtforms")


def translation_directories(package: Path) -> str:
    """Every room's own catalogue, in the form Flask-Babel wants."""
    return ";".join(str(folder) for folder in sorted(package.glob("*/translations")))


def choose_locale() -> str:
    """The person's own language, else the one chosen in this browser, else what the browser asks for."""
    if not has_request_context():
        return _BABEL_CODES[LANGUAGES[0]]
    # Only what is already known is asked: an error page must not need the database to find its language.
    actor = g.get("actor")
    chosen = cookie.get("language") or (actor.language if actor else None)
    chosen = chosen if chosen in _BABEL_CODES else request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])
    return _BABEL_CODES[chosen]


def page_language() -> str:
    """The page's BCP 47 tag: it, en or zh-Hans."""
    locale = get_locale()
    return "zh-Hans" if locale and locale.language == "zh" else (locale.language if locale else LANGUAGES[0])


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a given language for a while (mail is written in the reader's, not in the sender's)."""
    with force_locale(_BABEL_CODES[language]):
        yield


def kilograms(mass_g: int | None) -> str:
    """A mass in kilograms with up to three decimals, as the page's language writes it."""
    if mass_g is None:
        return "–"
    return str(_("%(mass)s kg", mass=format_decimal(mass_g / 1000, "#,##0.###")))


def tonnes(mass_g: int) -> str:
    """A mass in tonnes with one decimal."""
    return str(_("%(mass)s t", mass=format_decimal(mass_g / 1_000_000, "#,##0.0")))


def euros_per_kg(price_milli: int | None) -> str:
    """A unit price; an open one says so."""
    if price_milli is None:
        return str(_("open"))
    return str(_("%(price)s €/kg", price=format_decimal(price_milli / 1000, "#,##0.00#")))


def day(value: date | datetime | None) -> str:
    """A day in words of the page's language, in the district's time zone."""
    return "–" if value is None else str(format_date(value, "medium"))


def moment(value: datetime | None) -> Markup | str:
    """A moment, with its machine-readable form for assistive technology (HTML takes no microseconds)."""
    if value is None:
        return "–"
    words = f"{format_date(value, 'medium')}, {format_time(value, 'short')}"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(timespec="seconds"), escape(words))


_SHOWN_AS: Mapping[str, Callable[[object], str]] = {
    "_g": lambda value: kilograms(int(str(value))),
    "_on": lambda value: day(date.fromisoformat(str(value)[:10])),
    "_percent": lambda value: str(format_decimal(Decimal(str(value)), "#,##0.##")),
    "_word": lambda value: str(_(str(value))),
}


def told(words: str, facts: Mapping[str, object]) -> str:
    """An English sentence in the page's language, which may name every fact by its name; of the facts

    …_g     is a mass in grams, shown as kilograms, also under the name without `_g`
    …_on    is a day (a date or its ISO text), also under the name without `_on`
    …_percent  is a number of per cent, with the page's decimal mark, also under the name without `_percent`
    …_word  is an English message id of some catalogue, shown translated, also under the name without `_word`
    """
    shown = _Facts()
    for name, value in facts.items():
        shown.update(_shown(name, value))
    return str(_(words)) % shown


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        # What an earlier version wrote may lack a fact that today's sentence names.
        return "–"


def _shown(name: str, value: object) -> dict[str, str]:
    for ending, show in _SHOWN_AS.items():
        if name.endswith(ending) and value is not None:
            words = show(value)
            return {name: words, name.removesuffix(ending): words}
    return {name: _text(value)}


def listed(parts: Iterable[object]) -> str:
    """Parts one after the other, with the comma of the page's language."""
    return ("，" if page_language() == "zh-Hans" else ", ").join(map(str, parts))


def swatched(text: object) -> Markup:
    """The text with a small field of its colour before each #rrggbb, for those who don't read such numbers."""
    parts = _COLOUR.split(str(text))  # every second one is a colour
    return Markup().join(_FIELD.format(part) + "\u00a0" + part if at % 2 else part for at, part in enumerate(parts))


def _text(value: object) -> str:
    if isinstance(value, list):
        return listed(value)
    return "–" if value is None or value == "" else str(value)


FILTERS = {
    "listed": listed,
    "swatched": swatched,
    "told": told,
    "kilograms": kilograms,
    "tonnes": tonnes,
    "euros_per_kg": euros_per_kg,
    "day": day,
    "moment": moment,
}
