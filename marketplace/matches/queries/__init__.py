# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of runs and proposals."""

from marketplace.matches.queries.arrangements import (
    arranged_g,
    get_arrangement,
    grams_by_processor,
    list_arrangements,
)
from marketplace.matches.queries.left import (
    find_left_out,
    find_why_not,
    list_idle_processors,
    list_left_out,
)
from marketplace.matches.queries.pairs import (
    find_forbidden,
    forbidden_pairs,
    list_repaired_by,
    list_unrepaired,
    talked_about_pairs,
)
from marketplace.matches.queries.proposals import (
    count_by_state,
    count_refusals,
    count_visible_by_state,
    list_answers,
    list_computed,
    list_of_run,
    list_open_of_listing,
    list_open_of_other_runs,
    list_proposals,
    list_waiting_for,
    listings_by_key,
)
from marketplace.matches.queries.runs import (
    PER_PAGE,
    count_runs,
    find_newest_published_run,
    find_newest_taught,
    find_unfinished_run,
    get_run,
    list_finished_runs,
    list_lost_runs,
    list_runs,
    outcome_of,
)

__all__ = [
    "PER_PAGE",
    "arranged_g",
    "count_by_state",
    "count_refusals",
    "count_runs",
    "count_visible_by_state",
    "find_forbidden",
    "find_left_out",
    "find_newest_published_run",
    "find_newest_taught",
    "find_unfinished_run",
    "find_why_not",
    "forbidden_pairs",
    "get_arrangement",
    "get_run",
    "grams_by_processor",
    "list_answers",
    "list_arrangements",
    "list_computed",
    "list_finished_runs",
    "list_idle_processors",
    "list_left_out",
    "list_lost_runs",
    "list_of_run",
    "list_open_of_listing",
    "list_open_of_other_runs",
    "list_proposals",
    "list_repaired_by",
    "list_runs",
    "list_unrepaired",
    "list_waiting_for",
    "listings_by_key",
    "outcome_of",
    "talked_about_pairs",
]
