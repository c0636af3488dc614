# SPDX-License-Identifier: AGPL-3.0-or-later
"""A recipe as people read it: its components and their shares, what the mix is made of, its colour, what limits it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.evidence.units import decimal_text, kg_text
from matching.evidence.view import View
from matching.market.columns import Int64s
from matching.market.vocabulary import FIBRE_CODES
from matching.pairing.colour import blend_lab, ciede2000, lab_to_srgb

_CLOSE: Final = 0.002  # of a row's largest entry: a mix so near its limit is bound by it
_CLOSE_DELTA_E: Final = 0.02


@dataclass(frozen=True, slots=True)
class Component:
    """One way into the mix and what it delivers; `share` of the mix's mass."""

    offer_id: str
    processor_ids: tuple[str, ...]
    delivered_g: int
    share: float
    swatch: str  # "#rrggbb", "" where no colour is stated


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a need that asks for a recipe gets; `delta_e` and `swatch` are predicted, None and "" without colours."""

    need_id: str
    mass_g: int
    components: tuple[Component, ...]  # the largest first
    composition: tuple[tuple[str, float], ...]  # fibre and percent, most first
    swatch: str
    wanted_swatch: str
    delta_e: float | None
    binding: tuple[str, ...]  # what the mix could not have more or less of

    def __str__(self) -> str:
        lines = [f"{self.need_id}: {kg_text(self.mass_g)} kg of a recipe"]
        for part in self.components:
            way = " → ".join([part.offer_id, *part.processor_ids])
            lines.append(f"{100 * part.share:.1f} % {way} ({kg_text(part.delivered_g)} kg) {part.swatch}".rstrip())
        lines.append(", ".join(f"{fibre} {pct:.2f} %" for fibre, pct in self.composition))
        if self.delta_e is not None:
            lines.append(f"{self.swatch}, ΔE00 {self.delta_e:.2f} from {self.wanted_swatch}")
        return "\n".join([*lines, *(f"bound by {what}" for what in self.binding)])


def recipe_of(view: View, delivered_g: Int64s, need: int) -> Recipe | None:
    """The recipe of a need, from what each leg delivers; None where it asks for none or gets nothing."""
    legs = np.flatnonzero((view.legs.need == need) & (delivered_g > 0))
    if not view.sides.needs.blend[need] or not len(legs):
        return None
    legs = legs[np.argsort(-delivered_g[legs], kind="stable")]
    grams, mix, total = delivered_g[legs], view.mix, int(delivered_g[legs].sum())
    mixed = blend_lab(mix.lab[legs], grams.astype(np.float64)) if np.isfinite(mix.lab[legs]).all() else None
    wanted = mix.target[need]
    known = mixed is not None and bool(np.isfinite(wanted).all())
    components = tuple(
        Component(view.name(leg)[0], view.name(leg)[2], int(mass), int(mass) / total, swatch(mix.lab[leg]))
        for leg, mass in zip(legs.tolist(), grams.tolist(), strict=True)
    )
    return Recipe(
        view.sides.needs.ids[need],
        total,
        components,
        _composition(view, legs, grams),
        swatch(mixed) if mixed is not None else "",
        swatch(wanted),
        float(ciede2000(mixed, wanted)) if known and mixed is not None else None,
        tuple(_binding(view, need, legs, grams)),
    )


def swatch(lab: "np.typing.NDArray[np.float64]") -> str:
    """A colour as a screen shows it, "" for none."""
    if not np.isfinite(lab).all():
        return ""
    red, green, blue = (int(channel) for channel in np.rint(lab_to_srgb(lab) * 255))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _composition(view: View, legs: Int64s, grams: Int64s) -> tuple[tuple[str, float], ...]:
    shares = np.stack([view.shares(leg) for leg in legs.tolist()]).astype(np.float64)
    mean = grams @ shares / grams.sum() / 100
    order = np.argsort(-mean, kind="stable")
    return tuple((FIBRE_CODES[fibre], float(mean[fibre])) for fibre in order.tolist() if mean[fibre] > 0)


def _binding(view: View, need: int, legs: Int64s, grams: Int64s) -> list[str]:
    """The limits the mix stands at."""
    mix, prefix = view.mix, f"{view.sides.needs.ids[need]} "
    rows = np.flatnonzero((mix.need == need) & ~mix.box)
    entries = mix.matrix[rows][:, legs].toarray().astype(np.float64)
    mean, reach = entries @ grams / grams.sum(), np.abs(entries).max(axis=1, initial=0.0)
    at = rows[(mean >= -_CLOSE * reach) & (reach > 0)]
    found = [mix.names[row].removeprefix(prefix) for row in at.tolist()]
    if mix.delta_e_milli[need] >= 0 and mix.colour_excess(need, legs, grams) > -_CLOSE_DELTA_E:
        allowed = decimal_text(int(mix.delta_e_milli[need]), 3)
        found.append(f"colour ΔE00 at most {allowed}")
    if int(grams.sum()) == int(view.limits.demand_g[need]):
        found.append("mass wanted")
    offered = view.limits.supply_g[view.legs.offer[legs]]
    ids = (view.name(leg)[0] for leg in legs[(grams == offered) & view.legs.direct[legs]].tolist())
    return [*found, *(f"mass of {offer}" for offer in ids)]
