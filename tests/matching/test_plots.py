# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pictures show the numbers of the run they are made of: bars, lines and labels are read back and compared."""

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from matching import Policy, Processors, Run, match
from matching.evidence.plots import (
    plot_bounds,
    plot_kilograms,
    plot_map,
    plot_moves,
    plot_scores,
    plot_waterfall,
)
from tests.matching.markets import DISTRICT, district, needs_of, offers_of


@cache
def run() -> Run:
    return match(*district(), processors=Processors.read_csv(DISTRICT / "processors.csv"))


def bars(axes: Axes) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def tick_texts(axes: Axes, which: str) -> list[str]:
    return [text.get_text() for text in getattr(axes, f"get_{which}ticklabels")()]


def test_a_waterfall_s_bars_are_the_terms_end_to_end_and_the_last_is_their_sum() -> None:
    explanation = run().proposals[0].explanation
    axes = plot_waterfall(explanation, label=str.upper)
    *terms, score = bars(axes)
    assert [round(bar.get_width() * 1e6) for bar in terms] == [term.amount_micro for term in explanation.terms]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in terms]
    assert ends[0][0] == 0
    assert all(one[1] == pytest.approx(other[0]) for one, other in pairwise(ends))
    assert (score.get_x(), round(score.get_width() * 1e6)) == (0, explanation.score_micro)
    assert ends[-1][1] == pytest.approx(score.get_width())
    assert tick_texts(axes, "y") == [*(term.name.upper() for term in explanation.terms), "SCORE"]
    assert axes.get_title() == f"{explanation.offer_id} → {explanation.need_id}"
    assert axes.yaxis_inverted()


def test_a_pair_that_breaks_a_rule_has_no_waterfall() -> None:
    with pytest.raises(ValueError, match="has no terms"):
        plot_waterfall(run().explain("O-137", "N-001"))


def test_the_bounds_stand_beside_value_and_greedy() -> None:
    summary = run().summary
    axes = plot_bounds(run())
    assert [bar.get_height() for bar in bars(axes)] == [summary["greedy_value"], summary["value"], summary["bound"]]
    assert axes.get_ylabel() == "score·kg"
    assert f"{100 * summary['gap']:.3f} %" in axes.get_title()


def test_a_policy_without_a_greedy_market_has_two_bars() -> None:
    staged = match(offers_of({}), needs_of({}), policy=Policy(preset="small firms first"))
    assert [label.get_text() for label in plot_bounds(staged).get_xticklabels()] == ["value", "bound"]


def test_the_kilograms_of_each_side_add_up_to_all_of_it() -> None:
    offers, needs = district()
    heights = np.array([bar.get_height() for bar in bars(plot_kilograms(run()))]).reshape(-1, 2)
    assert heights.sum(axis=0) == pytest.approx([offers.mass_g.sum() / 1e6, needs.mass_g.sum() / 1e6])
    assert heights[0] == pytest.approx(
        [sum(p.mass_g for p in run().proposals) / 1e6, run().summary["matched_kg"] / 1000]
    )
    stacked = bars(plot_kilograms(run()))
    assert stacked[2].get_y() == pytest.approx(stacked[0].get_height())


def test_a_market_of_nothing_is_drawn_empty() -> None:
    empty = match(offers_of().take([]), needs_of().take([]))
    assert bars(plot_kilograms(empty)) == []
    assert sum(bar.get_height() for bar in bars(plot_scores(empty))) == 0
    (lines,) = [found for found in plot_map(empty).collections if isinstance(found, LineCollection)]
    assert lines.get_segments() == []


def test_the_scores_weigh_every_delivered_tonne() -> None:
    found = bars(plot_scores(run()))
    assert sum(bar.get_height() for bar in found) == pytest.approx(run().summary["matched_kg"] / 1000)
    low, high = 0.6, 0.65
    between = sum(p.delivered_g for p in run().proposals if low <= p.score_micro / 1e6 < high) / 1e6
    (bar,) = [bar for bar in found if bar.get_x() == pytest.approx(low)]
    assert bar.get_height() == pytest.approx(between)


def test_the_map_draws_every_way_and_the_widest_carries_most() -> None:
    axes = plot_map(run())
    (lines,) = [found for found in axes.collections if isinstance(found, LineCollection)]
    proposals = run().proposals
    segments = lines.get_segments()
    assert [len(way) for way in segments] == [2 + len(p.processor_ids) for p in proposals]
    assert max(len(way) for way in segments) > 2
    offers, needs = run().retained.view.sides.offers, run().retained.view.sides.needs
    row = offers.ids.index(proposals[0].offer_id), needs.ids.index(proposals[0].need_id)
    assert segments[0][0] == pytest.approx([offers.lon[row[0]], offers.lat[row[0]]])
    assert segments[0][-1] == pytest.approx([needs.lon[row[1]], needs.lat[row[1]]])
    widest = int(np.argmax(lines.get_linewidths()))
    assert proposals[widest].delivered_g == max(p.delivered_g for p in proposals)


def test_moves_show_the_largest_changes_first() -> None:
    offers = offers_of({}, {"id": "O-2", "firm": "B", "mass_kg": "100", "lat": "43.9", "lon": "11.12"})
    before = match(offers, needs_of({"mass_kg": "350"}))
    after = match(offers, needs_of({"mass_kg": "350"}), policy=Policy(forbids=(("O-2", "N-1"),)))
    axes = plot_moves(before.diff(after))
    assert [bar.get_width() for bar in bars(axes)] == [-100, 50]
    assert tick_texts(axes, "y") == ["O-2 → N-1", "O-1 → N-1"]
    assert len(bars(plot_moves(before.diff(after), most=1))) == 1


def test_a_picture_goes_onto_given_axes_and_into_a_file(tmp_path: Path) -> None:
    axes = Figure().add_subplot()
    assert plot_scores(run(), axes) is axes
    plot_bounds(run()).figure.savefig(tmp_path / "bounds.svg")
    assert "<svg" in (tmp_path / "bounds.svg").read_text(encoding="utf-8")
