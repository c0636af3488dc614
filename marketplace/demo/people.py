# SPDX-License-Identifier: AGPL-3.0-or-later
"""The firms of the sample district and the people who work for them. Pure values; the same for every seed."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count

MUNICIPALITY = "Comune di Prato"
UNIVERSITY = "PIN - Polo Universitario Città di Prato"
ASSOCIATION = "Confindustria Toscana Nord"
"""The association that has an officer in the demo."""
MANDATES = 8
"""How many of its member firms gave it a mandate."""
COLLEAGUES = 10
"""How many firms have a second person."""

_NAMES = {
    "it": (
        """Lucia Matteo Serena Andrea Chiara Lorenzo Silvia Riccardo Elisa Tommaso Giovanna Alessio Marta Duccio Irene
        Simone Bianca Niccolò Paola Gherardo""",
        """Bardi Cecchi Nesi Toccafondi Gori Mazzoni Vannini Pacini Lenzi Bettarini Querci Fantacci Santini Ciampi
        Becagli Guarducci Meoni Storai Balli Fioravanti Martini Risaliti Zipoli""",
    ),
    "zh-Hans": (
        "Xiaoming Lihua Wenjie Meiling Jianguo Yuting Haoran Xiulan Zhiyong Jingjing Guoqiang Yanhong Weidong",
        "Chen Lin Hu Zheng Wu Zhou Huang Xu Pan Ye Jin",
    ),
    "en": (
        "Emma Daniel Grace Oliver Hannah Samuel",
        "Ashworth Whitfield Marsden Holroyd Brearley",
    ),
}
"""Given names and family names by language; the numbers of both have no common divisor, so that pairs don't repeat."""

_TRADE_WORDS = """
    lanificio tessitura tessuti stoffe filatura filati cenciai cernita recuperi magazzini passatura confezioni moda
    pronto sartoria abiti maglificio maglieria tintoria rifinizione stracciatura carbonizzo sfilacciatura conto terzi
    feltri isolanti ovatte pannelli cooperativa sociale azienda agricola vivai orti emporio guardaroba servizio centro
    cardata il la lo le i gli l del della dello delle dei d di e da con and second hand riuso
"""
"""Left out of a firm's domain: what is left names it."""


@dataclass(frozen=True, slots=True)
class DemoFirm:
    """A firm as firms.csv describes it, with a VAT number of its own; positions in degrees."""

    code: str
    name: str
    trade: str
    place_code: str
    lat: float
    lon: float
    association: str
    size_class: str
    language: str
    theme_code: str
    ateco: str
    waste_codes: tuple[str, ...]
    albo_categories: tuple[str, ...]
    vat_number: str


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who signs in."""

    name: str
    email: str
    language: str


STAFF = (
    ("coordinator", MUNICIPALITY, DemoPerson("Giulia Fabbri", "giulia.fabbri@comune.example", "it")),
    ("coordinator", MUNICIPALITY, DemoPerson("Marco Innocenti", "marco.innocenti@comune.example", "it")),
    ("admin", MUNICIPALITY, DemoPerson("Paolo Corsi", "paolo.corsi@comune.example", "it")),
    ("analyst", UNIVERSITY, DemoPerson("Elena Vannucci", "elena.vannucci@polo.example", "it")),
    ("officer", ASSOCIATION, DemoPerson("Franca Tempesti", "franca.tempesti@industriali.example", "it")),
)
"""Role, body and person of those who work for no firm."""


@cache
def firms() -> tuple[DemoFirm, ...]:
    """The firms of firms.csv, in its order."""
    return tuple(_firm(number, row) for number, row in enumerate(rows("firms.csv"), start=1))


def rows(name: str, folder: str = "district") -> list[dict[str, str]]:
    """The rows of one of the demo's files, every cell as it is written."""
    text = files(__package__).joinpath(folder, name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def managers() -> dict[str, DemoPerson]:
    """Firm code → the person who may bind it."""
    people = {language: _people(language) for language in _NAMES}
    return {firm.code: _employee(firm, next(people[firm.language])) for firm in firms()}


@cache
def colleagues() -> dict[str, DemoPerson]:
    """Firm code → a second person, for some firms that are large enough to have one."""
    people = {language: _people(language, skip=67) for language in _NAMES}
    large = [firm for firm in firms() if firm.size_class == "medium"][:COLLEAGUES]
    return {firm.code: _employee(firm, next(people[firm.language])) for firm in large}


def mandating() -> tuple[str, ...]:
    """Codes of the firms that gave the association its mandate."""
    return tuple(firm.code for firm in firms() if firm.association == ASSOCIATION)[:MANDATES]


def vat_number(serial: int) -> str:
    """An Italian VAT number with a right check digit that no firm can hold.

    Digits 8 to 10 name the office that gave the number: provinces have 001 to 100, 120 and 121. The code 888 is
    formally valid, yet no office gives it to a firm that is seated in Italy, as all of these are.
    """
    digits = f"{serial:07d}888"
    doubled = [2 * int(d) - 9 * (int(d) > 4) if place % 2 else int(d) for place, d in enumerate(digits)]
    return f"{digits}{-sum(doubled) % 10}"


def _firm(serial: int, row: dict[str, str]) -> DemoFirm:
    return DemoFirm(
        code=row["firm"],
        name=row["name"],
        trade=row["kind"],
        place_code=row["place_code"],
        lat=float(row["lat"]),
        lon=float(row["lon"]),
        association=row["association"],
        size_class=row["size_class"],
        language={"zh": "zh-Hans"}.get(row["language"], row["language"]),
        theme_code=row["theme_code"],
        ateco=row["ateco"],
        waste_codes=_parts(row["permit_waste_codes"]),
        albo_categories=_parts(row["albo_categories"]),
        vat_number=vat_number(serial),
    )


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


def _people(language: str, skip: int = 0) -> Iterator[str]:
    given, family = (words.split() for words in _NAMES[language])
    for number in count(skip):
        yield f"{given[number % len(given)]} {family[number % len(family)]}"


def _employee(firm: DemoFirm, name: str) -> DemoPerson:
    address = ".".join(_latin(name).split())
    return DemoPerson(name, f"{address}@{_domain(firm.name)}.example", firm.language)


def _domain(name: str) -> str:
    words = re.findall(r"[a-z]+", _latin(name))
    return "-".join(_named(words))


def _named(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in _TRADE_WORDS.split()] or list(words)


def _latin(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in plain if letter.isascii())
