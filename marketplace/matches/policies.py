# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a coordinator can ask of a run, each a POLICY.toml as the engine reads it (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from marketplace.errors import N_
from matching import Acceptance, BadPolicyError, Policy
from matching.allocation.policy import Stability


@dataclass(frozen=True, slots=True)
class Preset:
    """A policy with its name and what it is good for."""

    name: str
    purpose: str
    toml: str


PRESETS: Mapping[str, Preset] = {
    "best-fit": Preset(
        N_("Best fit"),
        N_("What suits best, everything weighed: composition, colour, form, price, distance, time and use."),
        'preset = "best fit"\n',
    ),
    "most-tonnes": Preset(
        N_("Most tonnes"),
        N_("As many kilograms as possible; among results with nearly as many, the one that suits best."),
        '[[objective]]\nkind = "mass"\ntolerance = 0.005\n\n[[objective]]\nkind = "fit"\n',
    ),
    "most-co2e": Preset(
        N_("Most CO2e avoided"),
        N_("As much CO2e avoided as possible, transport taken off; among results with nearly as much, the best fit."),
        '[[objective]]\nkind = "avoided"\ntolerance = 0.005\n\n[[objective]]\nkind = "fit"\n',
    ),
    "small-firms-first": Preset(
        N_("Small firms first"),
        N_("The first half of what small firms offer and need goes first, for at most three per cent of the fit."),
        'preset = "small firms first"\n',
    ),
    "short-ways": Preset(
        N_("Short ways"),
        N_("Distance counts most: fewer kilometres on the road."),
        'preset = "best fit"\n\n[weights]\ndistance = 0.45\ncomposition = 0.20\n',
    ),
    "highest-use": Preset(
        N_("Highest use"),
        N_("The waste hierarchy counts most: reuse before recycling before recovery."),
        'preset = "best fit"\n\n[weights]\nhierarchy = 0.45\ncomposition = 0.20\n',
    ),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A policy of the list ("": another one), and what is weighed beside it.

    With a model of `acceptance` values are expected ones. `tax_milli` is what moving a kilogram away from where firms
    see it proposed costs, in thousandths of the value's unit per kg; None: nothing.
    """

    preset: str
    acceptance: Acceptance | None = None
    tax_milli: int | None = None


def written(wish: Wish) -> str:
    """The POLICY.toml of a wish, in full: a run that is begun anew asks for the same."""
    text = PRESETS[wish.preset].toml
    if wish.acceptance is None and wish.tax_milli is None:
        return text
    tax = None if wish.tax_milli is None else Stability(tax=Decimal(wish.tax_milli).scaleb(-3))
    return replace(Policy.from_toml(text), acceptance=wish.acceptance, stability=tax).to_toml()


def read(toml: str) -> Wish:
    """What a run was asked for, out of its POLICY.toml."""
    try:
        policy = Policy.from_toml(toml)
    except BadPolicyError:
        return Wish("")
    bare = replace(policy, acceptance=None, stability=None, close_enough=0).to_toml()
    preset = next((key for key in PRESETS if _in_full(key) == bare), "")
    tax = None if policy.stability is None else round(Decimal(str(policy.stability.tax)).scaleb(3))
    return Wish(preset, policy.acceptance, tax)


@cache
def _in_full(preset: str) -> str:
    return Policy.from_toml(PRESETS[preset].toml).to_toml()
