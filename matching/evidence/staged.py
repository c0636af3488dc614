# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a policy of several aims writes beside the figures of its last objective, and reads back with suspicion.

In prices.csv: `floor` (per unit of an earlier objective), `bonus` of small firms' first kilograms, and what of it the
prices of a listing already hold: `first offer`, `first need`; `kept`, what a leg's price holds of the tax on moving. In
summary.json: `objectives`, in order of priority, as exact decimals in texts, since the proof reckons with their floors;
`price_of_fairness`, `favoured_kg`; `kept_kg`, `moved_kg`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from matching.allocation.aims import Aims, Reached, floor_of, most_price, priced_value, worth
from matching.allocation.favours import Favours, Multipliers
from matching.allocation.problem import Plan
from matching.evidence.claims import Fault, Prices
from matching.evidence.proposal import VALUE_PLACES
from matching.evidence.summary import gap_of, number
from matching.evidence.units import decimal_text, from_decimal_text
from matching.evidence.view import View
from matching.evidence.written import PriceRow
from matching.market.columns import Bools, Int64s

BONUS: Final = "bonus"
FLOOR: Final = "floor"
KEPT: Final = "kept"
FIRST: Final = ("first offer", "first need")


def multiplier_rows(view: View, usable: Bools, multipliers: Multipliers, favours: Favours) -> tuple[PriceRow, ...]:
    """(side, id, micro-units) of every multiplier that is not nought."""
    sides = zip(
        FIRST, (view.sides.offers.ids, view.sides.needs.ids), (multipliers.offer, multipliers.need), strict=True
    )
    rows = [(FLOOR, str(at), price) for at, price in enumerate(multipliers.floors, start=1)]
    rows.append((BONUS, BONUS, favours.bonus))
    rows += [
        (side, ids[row], int(column[row])) for side, ids, column in sides for row in np.flatnonzero(column).tolist()
    ]
    leg = _of_all_legs(multipliers.leg, usable)
    rows += [(KEPT, name, int(leg[place])) for name, place in view.kept_names.items()]
    return tuple(row for row in rows if row[2])


def _of_all_legs(column: Int64s, usable: Bools) -> Int64s:
    every = np.zeros(len(usable), dtype=np.int64)
    every[usable] = column
    return every


def read_multipliers(view: View, written: Prices) -> Multipliers:
    """The multipliers that were written, of all legs of the view; nought where there are none."""
    offer, need = (
        np.array([written[side].get(listing, 0) for listing in ids], dtype=np.int64)
        for side, ids in zip(FIRST, (view.sides.offers.ids, view.sides.needs.ids), strict=True)
    )
    floors = tuple(written[FLOOR].get(str(at + 1), 0) for at in range(len(view.earlier)))
    leg = np.zeros(len(view.legs), dtype=np.int64)
    for name, place in view.kept_names.items():
        leg[place] = written[KEPT].get(name, 0)
    return Multipliers(offer, need, leg, floors)


def multiplier_faults(written: Prices, plan: Plan) -> Iterator[Fault]:
    """No multiplier lies below nought, none above what first or kept kilograms may earn or can be reckoned exactly."""
    bonus, held = written[BONUS].get(BONUS, 0), plan.aims.columns[:-1]
    for at, column in enumerate(held, start=1):
        if written[FLOOR].get(str(at), 0) > most_price(plan.task, column, len(held)):
            yield Fault("price", "prices.csv", f"{FLOOR} {at} is beyond what can be reckoned")
    for side, most in ((FLOOR, None), (BONUS, None), *((side, bonus) for side in FIRST), (KEPT, plan.aims.favours.tax)):
        for listing, price in written[side].items():
            if price < 0 or (most is not None and price > most):
                yield Fault("price", "prices.csv", f"{side} {listing} is not between 0 and what may be earned")


def of_usable(multipliers: Multipliers, usable: Bools) -> Multipliers:
    """Multipliers of all legs as those of the usable ones."""
    return replace(multipliers, leg=multipliers.leg[usable])


def of_every(multipliers: Multipliers, usable: Bools) -> Multipliers:
    """Multipliers of the usable legs as those of all."""
    return replace(multipliers, leg=_of_all_legs(multipliers.leg, usable))


def priced_view(view: View, multipliers: Multipliers) -> View:
    """The view with the values that the prices go with; multipliers are those of all legs."""
    columns = (*view.earlier, view.legs.value)
    value = priced_value(columns, view.legs, multipliers)
    return replace(view, legs=replace(view.legs, value=value))


def aim_figures(plan: Plan, view: View, reached: Sequence[Reached], free_g: Int64s) -> dict[str, Any]:
    """What a policy of several aims says of each; `free_g` are the grams of the usable legs beside the pins."""
    aims = plan.aims
    if aims.simple:
        return {}
    values = [
        worth(plan.task, column, free_g) + pinned for column, pinned in zip(aims.columns, aims.pinned, strict=True)
    ]
    rows = zip(view.stage_names, values, reached, strict=True)
    figures: dict[str, Any] = {"objectives": [_objective(*row) for row in rows]}
    if aims.max_price is not None:
        figures["price_of_fairness"] = gap_of(values[-1], reached[-1].best)
        figures["favoured_kg"] = number(aims.favours.served_g(plan.task.legs, free_g), 3)
    if aims.favours.tax:
        stays_g = aims.favours.kept_g(plan.task.legs, free_g)
        figures["kept_kg"] = number(stays_g, 3)
        figures["moved_kg"] = number(int(aims.favours.leg_g.sum()) - stays_g, 3)
    return figures


def _objective(name: tuple[str, str], value: int, reached: Reached) -> dict[str, str]:
    amounts = {"value": value, "best": reached.best, "bound": reached.bound, "floor": reached.floor}
    texts = {key: decimal_text(amount, VALUE_PLACES) for key, amount in amounts.items()}
    return {"objective": name[0], "unit": name[1], **texts}


def read_reached(summary: Mapping[str, Any], aims: Aims) -> tuple[list[Reached], list[Fault]]:
    """What each objective reached, as it was written, with the floors that follow from it."""
    if aims.simple:
        return [], []
    faults, reached = [], []
    written = summary.get("objectives")
    for at, tolerance in enumerate(aims.tolerances):
        try:
            best, bound = (from_decimal_text(written[at][key], VALUE_PLACES) for key in ("best", "bound"))  # type: ignore[index]
            reached.append(Reached(best, bound, floor_of(best, tolerance)))
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            faults.append(Fault("malformed", "summary.json, objectives", str(error)))
            reached.append(Reached(0, 0, 0))
    return reached, faults


def floor_faults(plan: Plan, reached: Sequence[Reached], free_g: Int64s) -> Iterator[Fault]:
    """Every objective is above its floor, and none went beyond its bound, but for one of plans that move little."""
    aims = plan.aims
    rows = zip(aims.columns, aims.pinned, reached, strict=False)
    for at, (column, pinned, reach) in enumerate(rows, start=1):
        value, of_all_plans = worth(plan.task, column, free_g) + pinned, at < len(aims.columns) or not aims.favours.tax
        if value < reach.floor:
            yield Fault("floor", "summary.json, objectives", f"objective {at} is below its floor")
        if reach.best > reach.bound or (of_all_plans and value - abs(value) // aims.closed_per > reach.bound):
            yield Fault("bound", "summary.json, objectives", f"objective {at} exceeds its bound")
