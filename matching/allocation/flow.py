# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one guarded door to OR-Tools' min-cost flow, and a transport problem put through it.

The solver's vectorised calls truncate floats, broadcast arrays of length one, wrap large ids and read negative
capacities as "infeasible", all without a word: everything is checked here first, and its answer afterwards.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.market.columns import Int64s

_INT64_MAX: Final = int(np.iinfo(np.int64).max)
_MASS_CAP: Final = 1 << 60  # sums of two sides stay within int64
_HALF: Final = 30  # bits


class SolverFailedError(RuntimeError):
    """A solver answered with something else than an optimum of a problem that has one."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A balanced flow problem: arcs tail → head with capacities and costs, supplies (demands negative) per node."""

    tail: Int64s
    head: Int64s
    capacity: Int64s
    cost: Int64s
    supply: Int64s


def cheapest_flow(network: Network) -> Int64s:
    """Flow of least cost per arc; ValueError for what the solver would misread, SolverFailedError otherwise."""
    _check(network)
    if not len(network.tail):
        return np.zeros(0, dtype=np.int64)
    from ortools.graph.python import min_cost_flow

    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        network.tail.astype(np.int32), network.head.astype(np.int32), network.capacity, network.cost
    )
    solver.set_nodes_supplies(np.arange(len(network.supply), dtype=np.int32), network.supply)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise SolverFailedError(f"min-cost flow ended with {status}")
    flow = np.asarray(solver.flows(arcs), dtype=np.int64)
    _check_answer(network, flow)
    return flow


def _check(network: Network) -> None:
    nodes = len(network.supply)
    arcs = (network.tail, network.head, network.capacity, network.cost)
    if any(column.dtype != np.int64 or column.ndim != 1 for column in (*arcs, network.supply)):
        raise ValueError("a flow problem is made of one-dimensional int64 columns")
    if len({len(column) for column in arcs}) != 1:
        raise ValueError("the columns of the arcs differ in length")
    if nodes >= np.iinfo(np.int32).max or not all(_within(ids, 0, nodes - 1) for ids in arcs[:2]):
        raise ValueError("an arc names a node that does not exist")
    if not _within(network.capacity, 0, _MASS_CAP):
        raise ValueError("a capacity is negative or too large")
    if not _within(np.abs(network.cost), 0, int(0.8 * _INT64_MAX / (2 * (nodes + 1)))):
        raise ValueError("a cost is too large for a market of this size")
    if not _within(network.supply, -_MASS_CAP, _MASS_CAP) or not _is_balanced(network.supply):
        raise ValueError("supplies do not balance, or are too large")


def _is_balanced(supply: Int64s) -> bool:
    """Whether masses sum to zero, and their sizes to no more than the cap; in two halves, so that nothing wraps."""
    size = np.abs(supply)
    total = (int((size >> _HALF).sum()) << _HALF) + int((size & ((1 << _HALF) - 1)).sum())
    return total <= _MASS_CAP and int(supply.sum()) == 0


def _within(column: Int64s, low: int, high: int) -> bool:
    return not len(column) or (int(column.min()) >= low and int(column.max()) <= high)


def _check_answer(network: Network, flow: Int64s) -> None:
    balance = network.supply.copy()
    np.subtract.at(balance, network.tail, flow)
    np.add.at(balance, network.head, flow)
    if (flow < 0).any() or (flow > network.capacity).any() or balance.any():
        raise SolverFailedError("min-cost flow returned a flow that loses mass")


def transport(supply_g: Int64s, demand_g: Int64s, offer: Int64s, need: Int64s, value: Int64s) -> Int64s:
    """Grams per pair that maximise the sum of value x grams; supplies and demands are limits, not duties.

    One dump node takes what stays with the offers and gives what the needs lack, so that the problem always
    balances and pairs without value ship nothing.
    """
    offers, needs = len(supply_g), len(demand_g)
    dump = offers + needs
    every_offer = np.arange(offers, dtype=np.int64)
    every_need = np.arange(offers, dump, dtype=np.int64)
    network = Network(
        np.concatenate([offer, every_offer, np.full(needs, dump)]),
        np.concatenate([need + offers, np.full(offers, dump), every_need]),
        np.concatenate([np.minimum(supply_g[offer], demand_g[need]), supply_g, demand_g]),
        np.concatenate([-value, np.zeros(offers + needs, dtype=np.int64)]),
        np.concatenate([supply_g, -demand_g, [demand_g.sum() - supply_g.sum()]]),
    )
    return cheapest_flow(network)[: len(offer)]


def fullest(supply_g: Int64s, demand_g: Int64s, offer: Int64s, need: Int64s) -> Int64s:
    """Grams per pair that move as much as possible, whatever it is worth; guarded like `cheapest_flow`."""
    offers, needs = len(supply_g), len(demand_g)
    source, sink = offers + needs, offers + needs + 1
    tail = np.concatenate([offer, np.full(offers, source), np.arange(offers, source)])
    head = np.concatenate([need + offers, np.arange(offers), np.full(needs, sink)])
    capacity = np.concatenate([np.minimum(supply_g[offer], demand_g[need]), supply_g, demand_g])
    balanced = np.zeros(sink + 1, dtype=np.int64)
    _check(Network(tail, head, capacity, np.zeros(len(tail), dtype=np.int64), balanced))
    if not len(offer):
        return np.zeros(len(offer), dtype=np.int64)
    from ortools.graph.python import max_flow

    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(tail.astype(np.int32), head.astype(np.int32), capacity)
    if solver.solve(source, sink) != solver.OPTIMAL:
        raise SolverFailedError("the largest flow was not found")
    flow = np.asarray(solver.flows(arcs), dtype=np.int64)
    balanced[[source, sink]] = solver.optimal_flow(), -solver.optimal_flow()
    _check_answer(Network(tail, head, capacity, np.zeros(len(tail), dtype=np.int64), balanced), flow)
    return flow[: len(offer)]
