# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of a written summary on which no proof rests, held against what can be known of them.

A run does not wait for this when it checks itself: it would only reckon once more what it has just reckoned.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from matching.allocation.greedy import greedy_value
from matching.allocation.policy import BadPolicyError
from matching.allocation.problem import plan
from matching.evidence.claims import Fault, Result
from matching.evidence.proposal import VALUE_PLACES
from matching.evidence.summary import number
from matching.evidence.view import View


def figure_faults(result: Result, view: View) -> Iterator[Fault]:
    """What a greedy market is worth, and what the run says of itself."""
    yield from _of_greed(result, view)
    for name, seems_right in (("seconds", _is_seconds), ("peak_mb", _is_measure), ("engine_version", _is_version)):
        if not seems_right(result.summary.get(name)):
            yield Fault("figure", f"summary.json, {name}", f"{result.summary.get(name)!r}")


def _of_greed(result: Result, view: View) -> Iterator[Fault]:
    try:
        planned = plan(view.sides, view.task, result.policy, view.earlier, view.kept_g)
    except BadPolicyError:
        return  # the proof's check names what is wrong with it
    if planned.comparable:
        expected = number(planned.aims.pinned[-1] + greedy_value(planned.task), VALUE_PLACES)
        if result.summary.get("greedy_value") != expected:
            found = f"{result.summary.get('greedy_value')!r} instead of {expected!r}"
            yield Fault("figure", "summary.json, greedy_value", found)


def _is_measure(figure: Any) -> bool:
    return isinstance(figure, int | float) and not isinstance(figure, bool) and 0 <= figure < float("inf")


def _is_seconds(figures: Any) -> bool:
    return isinstance(figures, Mapping) and bool(figures) and all(map(_is_measure, figures.values()))


def _is_version(version: Any) -> bool:
    return isinstance(version, str) and version != ""
