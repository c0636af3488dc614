# SPDX-License-Identifier: AGPL-3.0-or-later
"""Generated markets: as many offers as needs, seeded, in the file format of docs/formats.md.

48 fibres and 24 forms with Zipf frequencies, one to three fibres each, colours, masses, prices, windows,
certificates, regimes and places in clusters: of a district 40 km across, or of the whole country.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.market.columns import Needs, Offers
from matching.market.vocabulary import FIBRE_CODES, FORM_CODES

Columns = dict[str, list[str]]
Ints = npt.NDArray[np.int64]

FORMS: Final = np.array(FORM_CODES[:24])
FIBRES: Final = np.array(FIBRE_CODES[:48])
CERTIFICATES: Final = ("", "GRS", "GRS;OEKOTEX", "GOTS", "RWS;GRS", "OEKOTEX")
WORDS: Final = (
    *("lana", "ritagli", "puliti", "balle", "cimose", "filato", "verde", "blu", "bordeaux", "grezzo"),
    *("wool", "clean", "bales", "dry store", "cuttings", "no lurex", "navy", "pulling", "garnett"),
    *("羊毛", "边角料", "干净", "已打包", "求购", "涤纶", "棉"),
)
FIRST_DAY: Final = date(2027, 1, 1)
HORIZON_DAYS: Final = 365
PRATO: Final = (43.88, 11.10)
KM_PER_DEGREE: Final = 111.2


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict the needs are, at 100,000 listings a side; smaller markets are looser by what they lack in size."""

    window_days: float
    radius_km: float
    shades: float  # share of the needs that state a colour tolerance
    lowest_pct: tuple[int, int]  # range of the lower bound on the main fibre


RULES: Final[Mapping[str, Rules]] = {
    "tight": Rules(20, 10.5, 0.5, (60, 98)),
    "loose": Rules(25, 15, 0.4, (50, 95)),
    "open": Rules(34, 17, 0.4, (40, 90)),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What market to make."""

    size: int
    rules: str = "tight"
    place: str = "district"
    seed: int = 1
    lots: bool = False
    choosy: bool = False  # offers that go whole, few suppliers and least totals besides

    def __str__(self) -> str:
        asked = " lots" * self.lots + ", whole offers, few suppliers, least totals" * self.choosy
        return f"{self.size:,} x {self.size:,} {self.rules} {self.place}{asked}"


def market_columns(recipe: Recipe) -> tuple[Columns, Columns]:
    """Texts of both sides by column."""
    dice = np.random.default_rng([recipe.seed, recipe.size])
    slack = max(1.0, 100_000 / recipe.size) ** 0.4  # four rules share what a smaller market lacks
    return _choosy((_offers(dice, recipe, slack), _needs(dice, recipe, slack)), recipe)


def market(recipe: Recipe) -> tuple[Offers, Needs]:
    """The same as checked columns."""
    offers, needs = market_columns(recipe)
    return Offers.from_columns(offers), Needs.from_columns(needs)


def _choosy(columns: tuple[Columns, Columns], recipe: Recipe) -> tuple[Columns, Columns]:
    """A fifth of the offers go whole, a third of the needs want few suppliers, a third half their mass or nothing."""
    if not recipe.choosy:
        return columns
    dice = np.random.default_rng([recipe.seed, recipe.size, 1])
    offers, needs = columns
    few, least = dice.random(recipe.size) < 0.3, dice.random(recipe.size) < 0.3
    whole = dice.random(recipe.size) < 0.2
    half = [f"{float(mass) / 2:.3f}" for mass in needs["mass_kg"]]
    needs |= {"max_suppliers": np.where(few, "2", "").tolist(), "min_fill_kg": np.where(least, half, "").tolist()}
    return offers | {"divisible": np.where(whole, "no", "yes").tolist()}, needs


def write_market(recipe: Recipe, folder: Path) -> tuple[Path, Path]:
    """The same as two files."""
    paths = folder / "offers.csv", folder / "needs.csv"
    for path, columns in zip(paths, market_columns(recipe), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
    return paths


def _offers(dice: np.random.Generator, recipe: Recipe, slack: float) -> Columns:
    size, rules = recipe.size, RULES[recipe.rules]
    regime = dice.choice(["PRODUCT", "BYPRODUCT", "WASTE", "EOW"], size, p=[0.3, 0.45, 0.15, 0.1])
    start, end = _windows(dice, size, rules.window_days * slack)
    mass = _masses(dice, size)
    return {
        "id": [f"O-{k:07d}" for k in range(size)],
        "firm": _firms(dice, size),
        "form": _zipf(dice, FORMS, size).tolist(),
        "mass_kg": _kg(mass),
        "lot_kg": _kg(np.where(dice.random(size) < 0.3, mass // 4, 0)) if recipe.lots else [""] * size,
        "composition": _compositions(dice, size),
        "colour": _colours(dice, size),
        "price_eur_kg": [f"{price:.2f}" if price else "" for price in _prices(dice, size, 0.9).tolist()],
        "regime": regime.tolist(),
        "waste_code": np.where(regime == "WASTE", dice.choice(["04 02 21", "04 02 22"], size), "").tolist(),
        "origin": np.where(np.isin(regime, ["WASTE", "EOW"]), "post", "pre").tolist(),
        "certificates": dice.choice(CERTIFICATES, size, p=[0.4, 0.2, 0.15, 0.05, 0.05, 0.15]).tolist(),
        "length_mm": [str(length) if length > 12 else "" for length in dice.integers(8, 60, size).tolist()],
        "micron": [f"{micron:.1f}" if micron > 15 else "" for micron in (dice.random(size) * 20 + 12).tolist()],
        "available_from": start,
        "available_until": end,
        **_places(dice, recipe),
        "description": _descriptions(dice, size),
    }


def _needs(dice: np.random.Generator, recipe: Recipe, slack: float) -> Columns:
    size, rules = recipe.size, RULES[recipe.rules]
    start, end = _windows(dice, size, rules.window_days * slack)
    regimes = ("PRODUCT;BYPRODUCT", "BYPRODUCT", "PRODUCT;BYPRODUCT;EOW", "WASTE;EOW")
    mass = _masses(dice, size)
    tolerant = dice.random(size) < rules.shades / slack
    asked = dice.choice(["", "GRS", "OEKOTEX"], size, p=[0.7, 0.2, 0.1])
    reach = 10 if recipe.place == "italy" else 1
    colours = _colours(dice, size)
    return {
        "id": [f"N-{k:07d}" for k in range(size)],
        "firm": _firms(dice, size),
        "forms": [";".join(dict.fromkeys(row)) for row in _zipf(dice, FORMS, (size, 2)).tolist()],
        "use": dice.choice(["reuse", "recycle", "recover"], size, p=[0.2, 0.7, 0.1]).tolist(),
        "mass_kg": _kg(mass),
        "lot_kg": _kg(np.where(dice.random(size) < 0.3, mass // 4, 0)) if recipe.lots else [""] * size,
        "composition": _bounds(dice, size, rules.lowest_pct),
        "colour": colours,
        "delta_e": [str(8) if asks and colour else "" for asks, colour in zip(tolerant, colours, strict=True)],
        "price_eur_kg": [f"{price:.2f}" if price else "" for price in _prices(dice, size, 1.0).tolist()],
        "regimes": dice.choice(regimes, size, p=[0.4, 0.2, 0.25, 0.15]).tolist(),
        "waste_codes": dice.choice(["", "04 02 21;04 02 22", "04 02 22"], size).tolist(),
        "certificates": asked.tolist(),
        "length_min_mm": ["15" if asks else "" for asks in dice.random(size) < 0.1],
        "micron_max": ["30" if asks else "" for asks in dice.random(size) < 0.1],
        "needed_from": start,
        "needed_until": end,
        **_places(dice, recipe),
        "radius_km": [f"{km:.1f}" for km in (rules.radius_km * slack * reach * (0.5 + dice.random(size))).tolist()],
        "description": _descriptions(dice, size),
    }


def _zipf(dice: np.random.Generator, codes: npt.NDArray[Any], shape: Any) -> npt.NDArray[Any]:
    weight = 1 / np.arange(1, len(codes) + 1)
    return np.asarray(dice.choice(codes, shape, p=weight / weight.sum()))


def _firms(dice: np.random.Generator, size: int) -> list[str]:
    return [f"F-{firm}" for firm in dice.integers(0, max(2, size // 5), size).tolist()]


def _masses(dice: np.random.Generator, size: int) -> Ints:
    """Grams, log-normal around 400 kg."""
    return np.asarray(np.clip(np.exp(dice.normal(6, 1, size)) * 1000, 1000, 5e7)).astype(np.int64)


def _kg(mass_g: Ints) -> list[str]:
    return [f"{grams / 1000:.3f}" for grams in mass_g.tolist()]


def _prices(dice: np.random.Generator, size: int, level: float) -> npt.NDArray[np.float64]:
    """EUR/kg with cents, 0 where the price is open."""
    price = np.exp(dice.normal(0, 0.5, size)) * level
    return np.where(dice.random(size) < 0.1, 0.0, np.maximum(price, 0.01))


def _windows(dice: np.random.Generator, size: int, days: float) -> tuple[list[str], list[str]]:
    iso = [(FIRST_DAY + timedelta(days=k)).isoformat() for k in range(6 * HORIZON_DAYS)]
    first = dice.integers(0, HORIZON_DAYS, size)
    length = np.minimum(dice.exponential(days, size).astype(np.int64) + 2, 2 * HORIZON_DAYS)
    return [iso[k] for k in first.tolist()], [iso[k] for k in (first + length).tolist()]


def _compositions(dice: np.random.Generator, size: int) -> list[str]:
    fibres = _zipf(dice, FIBRES, (size, 3)).tolist()
    kinds, mains = dice.integers(1, 4, size).tolist(), dice.integers(55, 96, size).tolist()
    return [_composition(*row) for row in zip(fibres, kinds, mains, strict=True)]


def _composition(fibres: Sequence[str], kinds: int, main: int) -> str:
    named = list(dict.fromkeys(fibres[:kinds]))
    shares = {1: [100], 2: [main, 100 - main], 3: [main, 97 - main, 3]}[len(named)]
    return ";".join(f"{fibre}:{share}" for fibre, share in zip(named, shares, strict=True) if share)


def _bounds(dice: np.random.Generator, size: int, lowest: tuple[int, int]) -> list[str]:
    fibres, low = _zipf(dice, FIBRES, (size, 2)).tolist(), dice.integers(*lowest, size).tolist()
    rest = dice.integers(5, 40, size).tolist()
    return [
        f"{main}:{low}-100;{other}:0-{rest}" if main != other else f"{main}:{low}-100;*:0-{rest}"
        for (main, other), low, rest in zip(fibres, low, rest, strict=True)
    ]


def _colours(dice: np.random.Generator, size: int) -> list[str]:
    shades = dice.integers(0, 256, (40, 3))
    rgb = np.clip(shades[dice.integers(0, 40, size)] + dice.integers(-6, 7, (size, 3)), 0, 255).tolist()
    stated = (dice.random(size) < 0.8).tolist()
    return ["#" + bytes(row).hex() if states else "" for row, states in zip(rgb, stated, strict=True)]


def _places(dice: np.random.Generator, recipe: Recipe) -> Columns:
    """Clusters of three kilometres; a firm's listings need not stand in one place."""
    clusters, spread_km = (12, 20.0) if recipe.place == "district" else (60, 450.0)
    centres = np.random.default_rng(7).uniform(-spread_km, spread_km, (clusters, 2))
    km = centres[dice.integers(0, clusters, recipe.size)] + dice.normal(0, 3, (recipe.size, 2))
    lat = PRATO[0] + km[:, 0] / KM_PER_DEGREE * (0.5 if recipe.place == "italy" else 1)
    lon = PRATO[1] + km[:, 1] / (KM_PER_DEGREE * np.cos(np.radians(PRATO[0])))
    return {"lat": [f"{x:.5f}" for x in lat.tolist()], "lon": [f"{x:.5f}" for x in lon.tolist()]}


def _descriptions(dice: np.random.Generator, size: int) -> list[str]:
    words = dice.integers(0, len(WORDS), (size, 6)).tolist()
    return [" ".join(WORDS[k] for k in row) for row in words]
