# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each subcommand of `python -m matching` does; every one returns its exit status.

Heavy parts are imported by the command that needs them: verifying imports no solver.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matching.console.folder import read_result, refuse_foreign_folder, write_result
from matching.console.inputs import Inputs, read_inputs
from matching.console.refused import BadInputs, Refused, SpoiltInputs
from matching.console.words import say

if TYPE_CHECKING:
    from matching.evidence.claims import Result
    from matching.evidence.run import Run
    from matching.market.vocabulary.meaning import Meaning

DONE: Final = 0
FAULTY: Final = 1
REFUSED: Final = 2


def solve(asked: Namespace) -> int:
    """Reads, matches, checks and writes; raises `Refused`."""
    refuse_foreign_folder(asked.out)
    inputs = read_inputs(asked.offers, asked.needs, asked.policy, asked.processors)
    if asked.previous is not None:
        inputs = inputs.keeping(read_result(asked.previous)[0].proposal_rows)
    return _written(inputs, _run, asked)


def allocate(asked: Namespace) -> int:
    """The same for listed pairs with values of their own."""
    refuse_foreign_folder(asked.out)
    inputs = read_inputs(asked.offers, asked.needs, None, pairs=asked.pairs_file)
    return _written(inputs, _run_listed, asked)


def _written(inputs: Inputs, running: "Callable[[Inputs, Namespace], Run]", asked: Namespace) -> int:
    """Writes the run if it passes its own check."""
    from matching import FailedCheckError

    try:
        run = running(inputs, asked)
    except FailedCheckError as error:
        complain([say("failed_check", asked.lang), *map(str, error.faults)])
        return FAULTY
    _write(inputs, run, asked)
    _answer([f"{_figures('written', run.summary, len(run.proposed), asked.lang)} → {asked.out}"])
    _answer(_aims(run.summary, asked.lang))
    return DONE


def _aims(summary: Mapping[str, Any], lang: str) -> Iterable[str]:
    """What several aims came to: each objective, the price of fairness, what stays where it was."""
    for aim in summary.get("objectives", ()):
        yield say("aim", lang, **{key: aim[key] for key in ("objective", "unit", "value", "best")})
    if "price_of_fairness" in summary:
        price = round(100 * summary["price_of_fairness"], 4)
        yield say("price_of_fairness", lang, price=price, kg=summary["favoured_kg"])
    if "kept_kg" in summary:
        yield say("kept", lang, kept=summary["kept_kg"], moved=summary["moved_kg"])


def _run(inputs: Inputs, asked: Namespace) -> "Run":
    from matching import BadPolicyError, MarketTooLargeError, match

    try:
        listings = inputs.offers, inputs.needs
        return match(*listings, processors=inputs.processors, policy=inputs.policy, seconds=asked.seconds)
    except BadPolicyError as error:
        raise BadInputs([], error.problems, asked.policy.name) from error
    except MarketTooLargeError as error:
        raise Refused("too_large", value=str(error)) from error


def _run_listed(inputs: Inputs, asked: Namespace) -> "Run":
    from matching import allocate as allocated

    assert inputs.pairs is not None, "read_inputs was asked for them"
    return allocated(inputs.offers, inputs.needs, inputs.pairs, seconds=asked.seconds)


def _write(inputs: Inputs, run: "Run", asked: Namespace) -> None:
    try:
        write_result(asked.out, inputs, run, with_pairs=asked.pairs)
    except OSError as error:
        raise Refused("folder_unwritable", folder=asked.out, value=error.strerror) from error


def verify(asked: Namespace) -> int:
    """Re-checks a result and names every fault; raises `Refused` where there is no result."""
    from matching.console.written_figures import figure_faults
    from matching.console.written_pairs import pair_faults
    from matching.evidence.verify import verify as faults_of

    try:
        result, faults = read_result(asked.folder)
    except SpoiltInputs as error:
        complain(error.lines(asked.lang))
        return FAULTY
    view = result.derived_view()
    faults += [*faults_of(result, view), *figure_faults(result, view), *pair_faults(asked.folder, view)]
    if faults:
        complain(map(str, faults))
        return FAULTY
    _answer([_figures("verified", result.summary, len(result.proposal_rows), asked.lang)])
    _answer(_believed(result.summary, asked.lang))
    return DONE


def _believed(summary: Mapping[str, Any], lang: str) -> Iterable[str]:
    """What no check without a solver can derive anew."""
    if summary["bound_source"] == "solver":
        yield say("believed_bound", lang, bound=f"{summary['price_bound']} {summary['unit']}")
    if "objectives" in summary:
        yield say("believed_aims", lang)


def _sound(folder: Path) -> "Result | None":
    """The result of a folder; None where its files have faults, which are told."""
    result, faults = read_result(folder)
    if faults:
        complain(map(str, faults))
        return None
    return result


def explain(asked: Namespace) -> int:
    """Says why a pair is proposed, or why not; raises `Refused` for an unknown id."""
    from matching.console.telling.pair import explanation_lines
    from matching.console.telling.why_not import why_not_lines

    result = _sound(asked.folder)
    if result is None:
        return FAULTY
    lines = explanation_lines if result.listed is None else why_not_lines  # listed pairs have no terms to show
    _answer(lines(result, asked.offer, asked.need, asked.lang))
    return DONE


def why_not(asked: Namespace) -> int:
    """Says what keeps a listing, or a pair, unmatched and what would help; raises `Refused` for an unknown id."""
    from matching.console.telling.why_not import why_not_lines

    result = _sound(asked.folder)
    if result is None:
        return FAULTY
    _answer(why_not_lines(result, asked.listing, asked.need, asked.lang))
    return DONE


def suggest(asked: Namespace) -> int:
    """Says what a text may mean, or how often that is right; raises `Refused` for no table, or a missing extra."""
    from matching.console.telling.hits import hit_lines
    from matching.console.telling.suggestions import suggestion_lines

    semantic = _meaning() if asked.semantic else None
    if asked.evaluate is None:
        _answer(suggestion_lines(asked.text, asked.lang, semantic))
    else:
        _answer(list(hit_lines(asked.evaluate, asked.lang, semantic)))
    return DONE


def _meaning() -> "Meaning":
    """The thesaurus as the model of the extra `semantic` has it; raises `Refused` where it can't be had."""
    from matching.market.vocabulary.meaning import Meaning

    try:
        from matching.semantic import E5

        return Meaning(E5())
    except (ImportError, OSError) as error:
        raise Refused("semantic_absent", value=str(error)) from error


def diff(asked: Namespace) -> int:
    """Says what changed from one result to another; both are taken as they were written."""
    from matching.console.telling.diff import diff_lines

    (before, faults), (after, more_faults) = read_result(asked.before), read_result(asked.after)
    wrong = [str(fault) for fault in (*faults, *more_faults)]
    try:
        lines = [] if wrong else list(diff_lines(before, after, asked.lang))
    except ValueError as error:
        wrong = [f"proposals.csv: {error}"]
    if wrong:
        complain(wrong)
        return FAULTY
    _answer(lines)
    return DONE


def _figures(key: str, summary: Mapping[str, Any], proposals: int, lang: str) -> str:
    return say(
        key,
        lang,
        proposals=proposals,
        kg=summary["matched_kg"],
        value=summary["value"],
        unit=summary["unit"],
        bound=summary["bound"],
        gap=round(100 * summary["gap"], 4),
        scope=say(f"scope {summary['scope']}", lang),
        status=say(f"status {summary['status']}", lang),
    )


def _answer(lines: Iterable[str]) -> None:
    """Lines on standard output; who no longer listens, or can't show a sign, changes nothing of what was found."""
    out = sys.stdout
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    try:
        out.writelines(f"{line}\n" for line in lines)
        out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # Python flushes once more as it ends


def complain(lines: Iterable[str]) -> None:
    """Lines on standard error."""
    sys.stderr.writelines(f"{line}\n" for line in lines)
