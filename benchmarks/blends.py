# SPDX-License-Identifier: AGPL-3.0-or-later
"""Generated markets in which every need asks for a recipe: some thirty offers a need may enter it, few fit alone.

Fibres are of one family, so that mixes exist. A coloured need wants what three of its offers would give in shares
that its maker knows (Stearns & Noechel 1944), so that its colour can be met, if not always with its composition.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.markets import FORMS, KM_PER_DEGREE, PRATO, Columns, Ints
from matching.market.columns import Floats, Needs, Offers
from matching.pairing.colour import blend_lab, srgb_to_lab

FAMILY: Final = np.array(["WO", "PA", "PL", "PC", "WS", "VI", "CO", "EA"])
FREQUENCY: Final = 1 / np.arange(1, len(FAMILY) + 1)
SPREAD_KM: Final = 40.0


@dataclass(frozen=True, slots=True)
class Blends:
    """What market to make: needs, offers that may enter each, and which share of the needs asks for a colour."""

    size: int
    per_need: int = 30
    coloured: float = 0.0
    seed: int = 1

    def __str__(self) -> str:
        return f"{self.size:,} recipes x {self.per_need} offers" + (", colours" if self.coloured else "")


def blend_columns(case: Blends) -> tuple[Columns, Columns]:
    """Texts of both sides by column."""
    dice = np.random.default_rng([case.seed, case.size, case.per_need])
    form = dice.integers(0, len(FORMS), case.size), dice.integers(0, len(FORMS), case.size)
    place = dice.uniform(0, SPREAD_KM, (2, case.size, 2))
    rgb = dice.integers(0, 256, (case.size, 3))
    offers = {**_listing("O", dice, place[0]), "form": FORMS[form[0]].tolist(), "composition": _goods(dice, case.size)}
    offers |= {"colour": ["#" + bytes(row).hex() for row in rgb.astype(np.uint8)], "regime": ["PRODUCT"] * case.size}
    offers |= {"origin": ["pre"] * case.size}
    near = len(FORMS) * case.per_need / case.size
    radius = SPREAD_KM * np.sqrt(near / np.pi)
    needs = {**_listing("N", dice, place[1]), "forms": FORMS[form[1]].tolist(), "composition": _asked(dice, case.size)}
    needs |= {"regimes": ["PRODUCT"] * case.size, "blend": ["yes"] * case.size}
    needs |= {"radius_km": [f"{radius:.3f}" if near < np.pi else ""] * case.size}
    if case.coloured:
        partners = _partners(form, place, radius)
        needs |= _shades(dice, case, srgb_to_lab(rgb / 255), partners)
    return offers, needs


def blend_market(case: Blends) -> tuple[Offers, Needs]:
    """The same as checked columns."""
    offers, needs = blend_columns(case)
    return Offers.from_columns(offers), Needs.from_columns(needs)


def _listing(side: str, dice: np.random.Generator, km: Floats) -> Columns:
    size = len(km)
    price = dice.uniform(1, 2, size) if side == "O" else dice.uniform(1.4, 2.4, size)
    mass = np.clip(np.exp(dice.normal(6, 0.7, size)), 20, 5000)
    return {
        "id": [f"{side}-{k:07d}" for k in range(size)],
        "firm": [f"{side}F-{k}" for k in dice.integers(0, max(2, size // 5), size).tolist()],
        "mass_kg": [f"{kg:.3f}" for kg in mass.tolist()],
        "price_eur_kg": [f"{eur:.2f}" for eur in price.tolist()],
        "lat": [f"{PRATO[0] + y / KM_PER_DEGREE:.5f}" for y in km[:, 0].tolist()],
        "lon": [f"{PRATO[1] + x / (KM_PER_DEGREE * np.cos(np.radians(PRATO[0]))):.5f}" for x in km[:, 1].tolist()],
    }


def _goods(dice: np.random.Generator, size: int) -> list[str]:
    """One to three fibres."""
    fibres = dice.choice(FAMILY, (size, 3), p=FREQUENCY / FREQUENCY.sum()).tolist()
    mains, kinds = dice.integers(55, 99, size).tolist(), dice.integers(1, 4, size).tolist()
    texts = []
    for row, main, kind in zip(fibres, mains, kinds, strict=True):
        named = list(dict.fromkeys(row[:kind]))
        rest = [100] if len(named) == 1 else [main, 100 - main] if len(named) == 2 else [main, 99 - main, 1]
        texts.append(";".join(f"{fibre}:{share}" for fibre, share in zip(named, rest, strict=True) if share))
    return texts


def _asked(dice: np.random.Generator, size: int) -> list[str]:
    """A main fibre, a second one, a third as a trace, little else."""
    rows = [dice.permutation(len(FAMILY) - 2)[:3].tolist() for _ in range(size)]
    low, second = dice.integers(45, 85, size).tolist(), dice.integers(10, 35, size).tolist()
    return [
        f"{FAMILY[a]}:{least}-{min(least + 20, 100)};{FAMILY[b]}:0-{most};{FAMILY[c]}:0-12;*:0-5"
        for (a, b, c), least, most in zip(rows, low, second, strict=True)
    ]


def _partners(form: tuple[Ints, Ints], place: Floats, radius: float) -> list[Ints]:
    """Rows of the offers each need may use."""
    by_form = [np.flatnonzero(form[0] == k) for k in range(len(FORMS))]
    found = []
    for kind, here in zip(form[1].tolist(), place[1], strict=True):
        own = by_form[kind]
        found.append(own[np.hypot(*(place[0][own] - here).T) <= radius])
    return found


def _shades(dice: np.random.Generator, case: Blends, lab: Floats, partners: list[Ints]) -> Columns:
    """What three partners give in shares drawn at random."""
    colour, delta_e = [""] * case.size, [""] * case.size
    for k, own in enumerate(partners):
        if len(own) >= 3 and dice.random() < case.coloured:
            mixed = blend_lab(lab[dice.choice(own, 3, replace=False)], dice.dirichlet([2, 2, 2]))
            colour[k] = "lab:" + " ".join(f"{x:.2f}" for x in mixed.tolist())
            delta_e[k] = str(dice.integers(2, 6))
    return {"colour": colour, "delta_e": delta_e}
