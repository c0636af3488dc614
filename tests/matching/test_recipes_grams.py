# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes of very few grams and of absurdly many: whole grams that keep every row, and none lost on the way."""

import pytest

from matching import Policy, match
from tests.matching.markets import Record, needs_of, offers_of

MIX: Record = {"blend": "yes", "delta_e": "", "length_min_mm": "", "micron_max": "", "price_eur_kg": ""}


@pytest.mark.parametrize("offered", ["0.001", "5"])
@pytest.mark.parametrize("colour", [{}, {"delta_e": "2"}])
def test_a_recipe_of_a_single_gram_is_served(offered: str, colour: Record) -> None:
    offers = offers_of({"id": "O-1", "mass_kg": offered}, {"id": "O-2", "composition": "PA:100"})
    needs = needs_of({**MIX, **colour, "mass_kg": "0.001", "composition": "WO:50-100"})
    run = match(offers, needs)
    assert [(row.offer_id, row.mass_g) for row in run.proposals] == [("O-1", 1)]
    assert run.summary["status"] == "optimal"


def test_a_row_far_from_its_limit_costs_no_grams_however_large_its_figures() -> None:
    asks, masses = ("26312390.865", "30652507.346", "2756803.948"), ("417449886.119", "91382340.272", "439986020.168")
    goods = zip(asks, masses, ("PA:100", "PA:100", "WO:100"), strict=True)
    offers = offers_of(
        *(
            {"id": f"O-{at}", "regime": "PRODUCT", "price_eur_kg": ask, "mass_kg": mass, "composition": made_of}
            for at, (ask, mass, made_of) in enumerate(goods)
        )
    )
    asked = {"mass_kg": "504700620.083", "price_eur_kg": "999999999.999", "composition": "WO:0-66.67"}
    run = match(offers, needs_of({**MIX, **asked}), policy=Policy(weights={"price": 0}))
    assert run.summary["matched_kg"] == 504700620.083
    assert run.summary["gap"] == 0
