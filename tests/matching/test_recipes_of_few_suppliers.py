# SPDX-License-Identifier: AGPL-3.0-or-later
"""Of recipes worth the same the one of fewest suppliers is proposed; lots, other needs and the value stay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Needs, Offers, Run, match, verify
from matching.allocation.fewer import of_fewer_suppliers
from tests.matching.markets import Record, needs_of, offers_of

YARNS: Record = {"form": "REGEN_WOOL", "colour": "", "price_eur_kg": "", "description": "", "regime": "PRODUCT"}
BLEND: Record = {
    **dict.fromkeys(
        ("length_min_mm", "micron_max", "price_eur_kg", "colour", "delta_e", "description", "waste_codes"), ""
    ),
    "regimes": "PRODUCT",
    "forms": "REGEN_WOOL",
    "blend": "yes",
    "mass_kg": "1000",
    "composition": "WO:65-72;PA:25-35",
}


def market(wool: list[int], nylon: list[int], **more: str) -> tuple[Offers, Needs]:
    """Offers of wool and of nylon by their kilograms, alike but for these, and a need of a tonne of both."""
    sides = (("W", "WO:100", wool), ("P", "PA:100", nylon))
    rows = [
        {**YARNS, "id": f"{letter}{k:02}", "firm": f"{letter}{k}", "composition": made_of, "mass_kg": str(mass)}
        for letter, made_of, masses in sides
        for k, mass in enumerate(masses)
    ]
    return offers_of(*rows), needs_of({**BLEND, **more})


def suppliers(run: Run) -> list[str]:
    recipe = run.recipe(run.proposals[0].need_id)
    assert recipe is not None
    return sorted(part.offer_id for part in recipe.components)


def test_four_suppliers_do_what_nine_could() -> None:
    run = match(*market([80 + 40 * k for k in range(10)], [60 + 40 * k for k in range(8)]))
    assert run.summary["matched_kg"] == 1000
    assert len(suppliers(run)) == 4
    assert verify(run.as_result()) == ()


@given(st.lists(st.integers(20, 500), min_size=2, max_size=7), st.lists(st.integers(20, 400), min_size=2, max_size=7))
@settings(max_examples=40, deadline=None)
def test_no_fewer_of_the_alike_would_do(wool: list[int], nylon: list[int]) -> None:
    run = match(*market(wool, nylon))
    assert verify(run.as_result()) == ()
    for letter, masses in (("W", wool), ("P", nylon)):
        shares = [one for one in run.proposals if one.offer_id.startswith(letter)]
        most = sorted((1000 * mass for mass in masses), reverse=True)[: max(len(shares) - 1, 0)]
        assert sum(most) < sum(one.mass_g for one in shares) or not shares


def test_a_smallest_lot_is_not_undercut() -> None:
    run = match(*market([450, 300, 300], [200, 200, 200], lot_kg="150"))
    assert all(one.mass_g >= 150_000 for one in run.proposals)
    assert verify(run.as_result()) == ()


@pytest.mark.parametrize("column", ["composition", "colour"])
def test_components_that_differ_are_not_exchanged(column: str) -> None:
    offers, needs = market([400, 400], [400])
    other = {"composition": "WO:99;CO:1", "colour": "#335577"}[column]
    records = [{**offers.record(row), **({column: other} if row == 1 else {})} for row in range(len(offers))]
    run = match(Offers.from_records(records), needs)
    task, taken_g = run.retained.plan.task, run.retained.taken_g[run.retained.plan.usable].copy()
    assert np.count_nonzero(taken_g) > 1
    assert np.array_equal(of_fewer_suppliers(task, taken_g), taken_g)
    assert verify(run.as_result()) == ()
