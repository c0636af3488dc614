# SPDX-License-Identifier: AGPL-3.0-or-later
"""A result that was tampered with in any way is caught, by the kind of fault it is."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from matching.allocation.policy import Policy
from matching.engine import match
from matching.evidence.claims import Result
from matching.evidence.run import Run
from matching.evidence.verify import verify
from tests.matching.markets import Record, district, needs_of, offers_of

Rows = list[dict[str, str]]
PINNED = Policy(pins=(("O-097", "N-003"),), forbids=(("O-110", "N-002"),))


@cache
def run() -> Run:
    return match(*district(), policy=PINNED, seconds=600)


@cache
def result() -> Result:
    return run().as_result()


def tampered(
    proposals: Callable[[Rows], object] | None = None,
    prices: Callable[[Rows], object] | None = None,
    summary: Callable[[dict[str, Any]], object] | None = None,
) -> set[str]:
    """Kinds of fault found once the written rows were changed."""
    copies = [copy.deepcopy(list(rows)) for rows in (result().proposal_rows, result().price_rows)]
    figures = copy.deepcopy(dict(result().summary))
    for change, rows in zip((proposals, prices), copies, strict=True):
        if change:
            change(rows)
    if summary:
        summary(figures)
    changed = replace(result(), proposal_rows=copies[0], price_rows=copies[1], summary=figures)
    return {fault.kind for fault in verify(changed)}


def more(row: dict[str, str], column: str, by: str = "1") -> None:
    row[column] = f"{(Decimal(row[column]) + Decimal(by)).normalize():f}"


def reasons_changed(row: dict[str, str]) -> None:
    reasons = json.loads(row["reasons"])
    reasons[0]["amount"], reasons[1]["amount"] = reasons[1]["amount"], reasons[0]["amount"]
    row["reasons"] = json.dumps(reasons)


def row_of(rows: Rows, offer: str) -> dict[str, str]:
    return next(row for row in rows if row["offer_id"] == offer)


def told_twice(rows: Rows, processor_ids: str) -> None:
    """The first row as two of half its mass each, the second by the same way in other letters."""
    _scaled(rows[0], "0.5")
    rows.insert(1, {**rows[0], "processor_ids": processor_ids})


def _scaled(row: dict[str, str], factor: str) -> None:
    for column in ("mass_kg", "delivered_kg", "value"):
        row[column] = f"{(Decimal(row[column]) * Decimal(factor)).normalize():f}"


CHANGED_PROPOSALS: list[tuple[str, Callable[[Rows], object], set[str]]] = [
    ("a proposal is dropped", lambda rows: rows.pop(), {"figure"}),
    ("a proposal is doubled", lambda rows: rows.append(rows[-1]), {"duplicate"}),
    ("two rows change places", lambda rows: rows.insert(0, rows.pop()), {"order"}),
    ("the mass grows", lambda rows: _scaled(rows[3], "1000"), {"mass"}),
    ("the mass is nought", lambda rows: _scaled(rows[3], "0"), {"mass"}),
    ("the mass is negative", lambda rows: _scaled(rows[3], "-1"), {"mass"}),
    ("less arrives than left", lambda rows: more(rows[3], "delivered_kg", "-1"), {"mass", "value"}),
    ("the mass is a word", lambda rows: rows[3].update(mass_kg="many"), {"malformed"}),
    ("the mass has a decimal comma", lambda rows: rows[3].update(mass_kg="1,5"), {"malformed"}),
    ("the mass is beyond all bounds", lambda rows: rows[3].update(mass_kg="9" * 30), {"malformed"}),
    ("a column is missing", lambda rows: rows[3].pop("score"), {"malformed"}),
    ("the score is raised", lambda rows: more(rows[3], "score", "0.000001"), {"score"}),
    ("the value is raised", lambda rows: more(rows[3], "value", "0.000001"), {"value"}),
    ("the reasons are swapped", lambda rows: reasons_changed(rows[3]), {"reasons"}),
    ("the reasons are no list", lambda rows: rows[3].update(reasons="because"), {"reasons"}),
    ("the offer does not exist", lambda rows: rows[3].update(offer_id="O-999"), {"malformed"}),
    ("the need does not exist", lambda rows: rows[3].update(need_id="N-999"), {"malformed"}),
    ("a processor appears", lambda rows: rows[3].update(processor_ids="P-01"), {"malformed"}),
    ("a proposal is told in two rows", lambda rows: told_twice(rows, ";"), {"malformed", "figure"}),
    ("a rule is broken", lambda rows: rows[3].update(offer_id="O-137"), {"rule"}),
    ("a recipe's component is moved elsewhere", lambda rows: row_of(rows, "O-044").update(need_id="N-001"), {"rule"}),
    ("a forbidden pair appears", lambda rows: rows[3].update(offer_id="O-110", need_id="N-002"), {"forbidden"}),
    ("a pinned pair gets less", lambda rows: _scaled(row_of(rows, "O-097"), "0.5"), {"pin"}),
    ("a pinned pair is dropped", lambda rows: rows.remove(row_of(rows, "O-097")), {"pin"}),
]
CHANGED_PRICES: list[tuple[str, Callable[[Rows], object], set[str]]] = [
    ("a price is dropped", lambda rows: rows.pop(), {"price"}),
    ("a price is given twice", lambda rows: rows.append(rows[0]), {"malformed"}),
    ("a price is negative", lambda rows: rows[0].update(price="-0.1"), {"price", "figure"}),
    ("a price is a word", lambda rows: rows[0].update(price="free"), {"malformed"}),
    ("a price is of no side", lambda rows: rows[0].update(side="broker"), {"malformed"}),
    ("a row of a recipe is priced twice", lambda rows: rows[-1].update(id=rows[-2]["id"]), {"malformed", "price"}),
    ("a price is raised", lambda rows: more(rows[0], "price", "0.1"), {"figure"}),
    ("all prices are nought", lambda rows: [row.update(price="0") for row in rows], {"violated pair", "bound"}),
]
CHANGED_FIGURES: list[tuple[str, str, object]] = [
    ("the value is raised", "value", 1e9),
    ("the gap is denied", "gap", 0.5),
    ("the status is invented", "status", "perfect"),
    ("the status is too modest", "status", "gap open"),
    ("the bound is wider than the status says", "bound", 31_900),
    ("the scope is widened", "scope", "the whole world"),
    ("the unit is changed", "unit", "EUR"),
    ("the bound is said to be of prices", "bound_source", "prices"),
    ("the bound is said to be an oracle's", "bound_source", "oracle"),
    ("the prices are said to prove more", "price_bound", 29_500),
    ("kilograms are invented", "matched_kg", 10**9),
    ("offers are miscounted", "offers", 3),
    ("needs are miscounted", "needs", 3),
    ("pairs are miscounted", "compatible_pairs", 3),
    ("chains are invented", "compatible_chains", 3),
    ("more pairs are considered than there are", "pairs_considered", 10**6),
    ("greedy is better than the optimum", "greedy_value", 1e9),
    ("greedy has no figure", "greedy_value", None),
    ("reasons for what is left are lost", "unmatched", {}),
    ("what is left of offers is lost", "unmatched_offers", {}),
    ("what is left of needs is lost", "unmatched_needs", {}),
    ("a price of fairness is invented", "price_of_fairness", 0.0),
    ("objectives are invented", "objectives", []),
]


def test_an_honest_result_has_no_fault() -> None:
    assert verify(result()) == ()


@pytest.mark.parametrize(("what", "change", "kinds"), CHANGED_PROPOSALS)
def test_changed_proposals_are_caught(what: str, change: Callable[[Rows], object], kinds: set[str]) -> None:
    assert kinds <= tampered(proposals=change), what


@pytest.mark.parametrize(("what", "change", "kinds"), CHANGED_PRICES)
def test_changed_prices_are_caught(what: str, change: Callable[[Rows], object], kinds: set[str]) -> None:
    assert kinds <= tampered(prices=change), what


@pytest.mark.parametrize(("what", "name", "figure"), CHANGED_FIGURES)
def test_changed_figures_are_caught(what: str, name: str, figure: object) -> None:
    assert tampered(summary=lambda summary: summary.update({name: figure})) == {"figure"}, what


def test_a_bound_below_the_value_is_caught() -> None:
    assert tampered(summary=lambda summary: summary.update(bound=1.0)) == {"figure", "bound"}


def test_a_bound_of_prices_can_not_pass_as_a_solver_s() -> None:
    honest = match(offers_of({}), needs_of({})).as_result()
    boasting = replace(honest, summary={**honest.summary, "bound_source": "solver"})
    assert {fault.kind for fault in verify(boasting)} == {"figure"}


@pytest.mark.parametrize("name", ["value", "bound", "gap", "status", "unmatched", "greedy_value"])
def test_a_missing_figure_is_caught(name: str) -> None:
    assert tampered(summary=lambda summary: summary.pop(name)) == {"figure"}


@pytest.mark.parametrize(
    ("offer", "need", "kinds"),
    [
        ({"mass_kg": "600", "lot_kg": "400"}, {}, {"lot"}),
        ({"divisible": "no", "mass_kg": "500"}, {}, {"lot"}),
        ({}, {"lot_kg": "301"}, {"lot"}),
        ({}, {"min_fill_kg": "301"}, {"least total"}),
        ({"micron": "25"}, {}, {"rule"}),
        ({"mass_kg": "299"}, {}, {"mass"}),
        ({}, {"mass_kg": "299"}, {"mass"}),
    ],
)
def test_a_result_is_held_against_its_own_inputs(offer: Record, need: Record, kinds: set[str]) -> None:
    honest = match(offers_of({}), needs_of({})).as_result()
    assert verify(honest) == ()
    assert [row["mass_kg"] for row in honest.proposal_rows] == ["300"]
    swapped = replace(honest, offers=offers_of(offer), needs=needs_of(need))
    assert kinds <= {fault.kind for fault in verify(swapped)}


def test_too_many_suppliers_are_caught() -> None:
    both = offers_of({"id": "O-1", "mass_kg": "200"}, {"id": "O-2", "mass_kg": "200"})
    honest = match(both, needs_of({})).as_result()
    assert len(honest.proposal_rows) == 2
    strict = replace(honest, needs=needs_of({"max_suppliers": "1"}))
    assert "suppliers" in {fault.kind for fault in verify(strict)}


def test_verification_loads_no_solver() -> None:
    program = (
        "import sys\n"
        "from matching.evidence.verify import verify\n"
        "from matching.evidence.claims import Result\n"
        "from matching import Needs, Offers, Policy\n"
        "columns = lambda kind: {name: [] for name in kind.kind.layout.required}\n"
        "offers, needs = Offers.from_columns(columns(Offers)), Needs.from_columns(columns(Needs))\n"
        "verify(Result(offers, needs, Policy(), [], [], {}))\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('ortools', 'sklearn')))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
