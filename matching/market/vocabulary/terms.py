# SPDX-License-Identifier: AGPL-3.0-or-later
"""The terms of the trade with their names in Italian, English and Chinese, and where each fact comes from."""

from collections.abc import Mapping
from dataclasses import dataclass

from matching.market.vocabulary.colour import Lab


@dataclass(frozen=True, slots=True)
class Term:
    """A code, its names, how sure we are of it ("from memory": never publish as a figure) and the source."""

    code: str
    names: Mapping[str, str]
    confidence: str
    source: str

    def name(self, lang: str) -> str:
        """The name in `it`, `en` or `zh`."""
        return self.names[lang]


@dataclass(frozen=True, slots=True)
class FormGroup(Term):
    """A family of forms; a composition is asked for in textile ones."""

    textile: bool


@dataclass(frozen=True, slots=True)
class Form(Term):
    """A form in which material is traded: noils, selvedge, cutting scraps, …"""

    group: str
    origin_class: str
    usual_regimes: tuple[str, ...]
    waste_codes: tuple[str, ...]
    unit: str
    watch_for: str
    textile: bool  # an offer of it must state its composition


@dataclass(frozen=True, slots=True)
class Fibre(Term):
    """A fibre name of Annex I of Reg. (EU) 1007/2011; join on `code`, the other letters collide."""

    annex_i_no: str
    euratex_code: str
    iso2076_code: str
    family: str
    in_carbonising: str
    mechanical_recycling: str


@dataclass(frozen=True, slots=True)
class WasteCode(Term):
    """An entry of the European list of waste."""

    hazardous: bool
    listable: bool
    entry_type: str
    note: str


@dataclass(frozen=True, slots=True)
class Regime(Term):
    """The legal state in which goods change hands; a service isn't matched."""

    matched: bool
    document: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Process(Term):
    """A kind of processing: what goes in, what comes out, planning figures of its yield."""

    input_forms: str
    output_forms: str
    yields: Mapping[str, str]
    conditions: str
    blocks: str
    permit_if_input_is_waste: str


@dataclass(frozen=True, slots=True)
class Theme(Term):
    """One of the strategy's themes; governance is not one to list under."""

    kind: str

    @property
    def listable(self) -> bool:
        """Whether listings stand under this theme."""
        return self.kind == "vertical"


@dataclass(frozen=True, slots=True)
class Category(Term):
    """A shelf of the marketplace, under one theme, with the unit it is counted in."""

    theme_code: str
    base_unit: str
    other_units: tuple[str, ...]
    usual_regimes: tuple[str, ...]
    waste_codes: tuple[str, ...]
    key_fields: tuple[str, ...]

    @property
    def weighed(self) -> bool:
        """Whether it is counted in kilograms or tonnes, so that the engine can match it."""
        return self.base_unit in ("kg", "t")


@dataclass(frozen=True, slots=True)
class Place(Term):
    """A municipality or an industrial area, with its point in degrees."""

    type: str
    comune: str
    province: str
    istat_code: str
    cap: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Certificate(Term):
    """A certification scheme and what it says of the goods, by language."""

    scopes: Mapping[str, str]

    def scope(self, lang: str) -> str:
        """What it certifies, in `it`, `en` or `zh`."""
        return self.scopes[lang]


@dataclass(frozen=True, slots=True)
class Shade(Term):
    """A class of colours and its centre, which is no measurement; None for multicolour."""

    lab: Lab | None
