# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the flow solver would misread without a word is refused before it gets there."""

from typing import Any

import numpy as np
import pytest

from matching.allocation.flow import Network, SolverFailedError, cheapest_flow, fullest, transport

GOOD: dict[str, Any] = {
    "tail": np.array([0, 0]),
    "head": np.array([1, 2]),
    "capacity": np.array([5, 5]),
    "cost": np.array([1, 2]),
    "supply": np.array([7, -5, -2]),
}


def test_a_good_network_is_solved() -> None:
    assert cheapest_flow(Network(**GOOD)).tolist() == [5, 2]


@pytest.mark.parametrize(
    ("column", "values", "complaint"),
    [
        ("cost", np.array([1.5, 2.0]), "int64"),
        ("capacity", np.array([5]), "length"),
        ("capacity", np.array([[5, 5]]), "one-dimensional"),
        ("tail", np.array([0, 0], dtype=np.int32), "int64"),
        ("head", np.array([1, 3]), "node"),
        ("head", np.array([1, -1]), "node"),
        ("head", np.array([1, 2 + (1 << 32)]), "node"),
        ("capacity", np.array([5, -5]), "capacity"),
        ("capacity", np.array([5, 1 << 61]), "capacity"),
        ("cost", np.array([1, 1 << 62]), "cost"),
        ("cost", np.array([1, -(1 << 62)]), "cost"),
        ("supply", np.array([7, -5, -1]), "balance"),
        ("supply", np.array([1 << 60, -(1 << 60), 0]), "too large"),
    ],
)
def test_a_network_the_solver_would_misread_is_refused(column: str, values: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        cheapest_flow(Network(**{**GOOD, column: values}))


def test_a_network_without_arcs_flows_nothing() -> None:
    empty = np.zeros(0, dtype=np.int64)
    assert cheapest_flow(Network(empty, empty, empty, empty, np.array([0, 0]))).tolist() == []


def test_a_network_that_can_t_balance_is_an_error_and_not_an_answer() -> None:
    with pytest.raises(SolverFailedError):
        cheapest_flow(Network(**{**GOOD, "capacity": np.array([1, 1])}))


def test_pairs_without_value_ship_nothing_and_mass_may_stay() -> None:
    one = np.array([0])
    assert transport(np.array([9]), np.array([4]), one, one, np.array([3])).tolist() == [4]
    assert transport(np.array([9]), np.array([4]), one, one, np.array([-3])).tolist() == [0]


def test_the_fullest_flow_moves_what_the_most_valuable_would_leave() -> None:
    """The pair worth most would block the other two; by kilograms alone both sides are emptied."""
    supply, demand = np.array([5, 5]), np.array([5, 5])
    offer, need = np.array([0, 0, 1]), np.array([0, 1, 0])
    assert fullest(supply, demand, offer, need).tolist() == [0, 5, 5]
    none = np.zeros(0, dtype=np.int64)
    assert fullest(supply, demand, none, none).tolist() == []
    with pytest.raises(ValueError, match="node"):
        fullest(supply, demand, np.array([-1]), np.array([0]))
    with pytest.raises(ValueError, match="capacity"):
        fullest(np.array([1 << 61, 1]), demand, offer, need)
