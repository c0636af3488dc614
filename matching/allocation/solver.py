# SPDX-License-Identifier: AGPL-3.0-or-later
"""The door to OR-Tools' linear and mixed-integer solvers: MathOpt, fed with whole columns at once.

HiGHS keeps its incumbent and its bound at a limit through MathOpt (through ModelBuilder it loses both); GLOP solves
what is linear, five times faster where there are recipes. Answers are floating point: whoever asks checks them on
whole grams.
"""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np

from matching.allocation.model import Cells, Model
from matching.market.columns import Floats

A_DAY: Final = 86_400.0
FOUND: Final = 5e-4  # the share of the value that may be open while plans are looked for; below, they are proven
SEARCHES: Final = ("mip_heuristic_run_rins", "mip_heuristic_run_rens", "mip_heuristic_run_root_reduced_cost")


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The best columns found (None: none), a bound on the value in micro-points x grams, whether it is an optimum."""

    columns: Floats | None
    bound: float
    optimal: bool


@dataclass(frozen=True, slots=True)
class Effort:
    """When to stop: seconds, branches, and the share of the value that may be left undecided."""

    seconds: float
    nodes: int = 1_000_000
    gap: float = 0.0


def best_plan(model: Model, effort: Effort, known: Floats | None = None) -> Answer:
    """The best plan HiGHS finds within the limits, from known first columns (legs, switches) on.

    A gap that is to be all but closed is closed in two runs: by default HiGHS spends three quarters of its time on
    ever better plans, which hardly ever come once the gap is small, and none of it on the proof.
    """
    began, proto = time.monotonic(), _proto(model, whole=True)
    found = _mixed(model, proto, replace(effort, gap=max(effort.gap, FOUND)), known)
    left = effort.seconds - (time.monotonic() - began)
    if found.columns is None or left <= 0 or found.bound - _worth(model, found.columns) <= effort.gap * found.bound:
        return found
    proven = _mixed(model, proto, replace(effort, seconds=left), found.columns, proving=True)
    best = found if proven.columns is None else proven
    return replace(best, bound=min(found.bound, proven.bound), optimal=proven.optimal)


def _worth(model: Model, columns: Floats) -> float:
    """Micro-points x grams."""
    return float(columns @ model.value) * model.unit_g * model.unit_micro


def _mixed(model: Model, proto: Any, effort: Effort, known: Floats | None, *, proving: bool = False) -> Answer:
    """One run of HiGHS."""
    from ortools.math_opt.python import mathopt

    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=min(max(effort.seconds, 0.01), A_DAY)),
        node_limit=effort.nodes,
        relative_gap_tolerance=effort.gap,
        absolute_gap_tolerance=0.0,
    )
    if proving:
        parameters.highs.double_options["mip_heuristic_effort"] = 0.0
        parameters.highs.bool_options.update(dict.fromkeys(SEARCHES, False))
    result = _solved(proto, parameters, known)
    bound = result.termination.objective_bounds.dual_bound * model.unit_g * model.unit_micro
    optimal = result.termination.reason == mathopt.TerminationReason.OPTIMAL.value
    found = result.solutions[0].primal_solution if len(result.solutions) else None
    return Answer(_dense(found.variable_values, len(model.high)) if found else None, float(bound), optimal)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """The optimum of a linear model: columns, value in micro-points x grams, micro-points per kg of each row."""

    columns: Floats
    value: float
    rows: Floats


class Programme:
    """A linear model that GLOP solves again from where it ended when rows have joined; columns are divisible."""

    def __init__(self, model: Model) -> None:
        self.model, self.height = model, len(model.row_low)
        self._joined = list[Any]()
        self._solver = _glop(model)

    def join(self, rows: Cells) -> None:
        """Further rows  sum d entry <= 0."""
        from ortools.math_opt import model_update_pb2

        row, column, entry = (cells[np.lexsort(rows[1::-1])] for cells in rows)
        update = model_update_pb2.ModelUpdateProto()
        fresh = range(self.height, self.height + int(row.max(initial=-1)) + 1)
        update.new_linear_constraints.ids.extend(fresh)
        update.new_linear_constraints.lower_bounds.extend([-np.inf] * len(fresh))
        update.new_linear_constraints.upper_bounds.extend([0.0] * len(fresh))
        update.linear_constraint_matrix_updates.row_ids.extend((row + self.height).tolist())
        update.linear_constraint_matrix_updates.column_ids.extend(column.tolist())
        update.linear_constraint_matrix_updates.coefficients.extend(entry.tolist())
        self.height += len(fresh)
        self._joined.append(update)
        self._solver.update(update)

    def optimum(self, seconds: float) -> Linear | None:
        """What GLOP finds; None past the time, or where nothing keeps every row.

        Where it gets lost on the way from one optimum to the next, it begins anew.
        """
        until = time.monotonic() + seconds
        found = self._asked(seconds)
        if found is None and self._joined and time.monotonic() < until:
            self._solver = _glop(self.model)
            for update in self._joined:
                self._solver.update(update)
            found = self._asked(until - time.monotonic())
        return found

    def _asked(self, seconds: float) -> Linear | None:
        if seconds <= 0:
            return None
        from ortools.math_opt.python import mathopt
        from pybind11_abseil.status import StatusNotOk

        # Not with presolve once rows have joined: GLOP 9.15 has then called models infeasible that were not.
        presolve = mathopt.Emphasis.OFF if self._joined else None
        parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=min(seconds, A_DAY)), presolve=presolve)
        start, silent = mathopt.ModelSolveParameters().to_proto(), mathopt.CallbackRegistration().to_proto()
        try:
            result = self._solver.solve(parameters.to_proto(), start, None, silent, None, None)
        except StatusNotOk:
            return None
        if result.termination.reason != mathopt.TerminationReason.OPTIMAL.value:
            return None
        found = result.solutions[0]
        columns = _dense(found.primal_solution.variable_values, len(self.model.high))
        rows = _dense(found.dual_solution.dual_values, self.height) * self.model.unit_micro
        return Linear(columns, _worth(self.model, columns), rows)


def _glop(model: Model) -> Any:
    from ortools.math_opt.core.python import solver as core
    from ortools.math_opt.python import mathopt
    from ortools.math_opt.python.init_arguments import StreamableSolverInitArguments

    start = StreamableSolverInitArguments().to_proto()
    return core.new(mathopt.SolverType.GLOP.value, _proto(model, whole=False), start)


def linear_plan(model: Model, seconds: float) -> Linear | None:
    """What GLOP finds, asked once."""
    return Programme(model).optimum(seconds)


def _solved(proto: Any, parameters: Any, known: Floats | None) -> Any:
    from ortools.math_opt.core.python import solver as core
    from ortools.math_opt.python import mathopt
    from ortools.math_opt.python.init_arguments import StreamableSolverInitArguments

    start = mathopt.ModelSolveParameters().to_proto()
    if known is not None:
        hint = start.solution_hints.add()
        hint.variable_values.ids.extend(range(len(known)))
        hint.variable_values.values.extend(known.tolist())
    return core.solve(
        proto,
        mathopt.SolverType.HIGHS.value,
        StreamableSolverInitArguments().to_proto(),
        parameters.to_proto(),
        start,
        None,
        mathopt.CallbackRegistration().to_proto(),
        None,
        None,
    )


def _proto(model: Model, *, whole: bool) -> Any:
    """The model in the solver's own format, written column-wise: thirty times faster than object by object."""
    from ortools.math_opt import model_pb2

    proto = model_pb2.ModelProto()
    count, entries = len(model.high), model.matrix.tocoo()
    proto.variables.ids.extend(range(count))
    proto.variables.lower_bounds.extend(model.low.tolist())
    proto.variables.upper_bounds.extend(model.high.tolist())
    proto.variables.integers.extend((model.whole & whole).tolist())
    proto.linear_constraints.ids.extend(range(len(model.row_low)))
    proto.linear_constraints.lower_bounds.extend(model.row_low.tolist())
    proto.linear_constraints.upper_bounds.extend(model.row_high.tolist())
    proto.linear_constraint_matrix.row_ids.extend(entries.row.tolist())
    proto.linear_constraint_matrix.column_ids.extend(entries.col.tolist())
    proto.linear_constraint_matrix.coefficients.extend(entries.data.tolist())
    worth = np.flatnonzero(model.value)
    proto.objective.maximize = True
    proto.objective.linear_coefficients.ids.extend(worth.tolist())
    proto.objective.linear_coefficients.values.extend(model.value[worth].tolist())
    return proto


def _dense(sparse: Any, length: int) -> Floats:
    values = np.zeros(length)
    values[np.array(sparse.ids, dtype=np.int64)] = np.array(sparse.values)
    return values
