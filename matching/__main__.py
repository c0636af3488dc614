# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine on files: `python -m matching solve OFFERS.csv NEEDS.csv --out DIR` and its companions."""

import math
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path

from matching.console import command
from matching.console.refused import Refused
from matching.console.words import language_of
from matching.market.vocabulary import LANGUAGES


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a subcommand; 0 a verified result, 1 a fault in one, 2 bad input, bad policy or unknown id."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except Refused as refusal:
        command.complain(refusal.lines(asked.lang))
        return command.REFUSED


def _parser() -> ArgumentParser:
    common = ArgumentParser(add_help=False)
    common.add_argument("--lang", choices=LANGUAGES, default=language_of(os.environ), help="language of the answers")
    parser = ArgumentParser(prog="python -m matching", description=__doc__)
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_solve(subcommands.add_parser("solve", parents=[common], help="match offers and needs"))
    _add_allocate(subcommands.add_parser("allocate", parents=[common], help="bring your own scores"))
    explain = subcommands.add_parser("explain", parents=[common], help="why this pair, or why not")
    explain.add_argument("folder", type=Path, metavar="DIR")
    explain.add_argument("offer", metavar="OFFER_ID")
    explain.add_argument("need", metavar="NEED_ID")
    explain.set_defaults(run=command.explain)
    why_not = subcommands.add_parser("why-not", parents=[common], help="what would help a listing")
    why_not.add_argument("folder", type=Path, metavar="DIR")
    why_not.add_argument("listing", metavar="OFFER_ID|NEED_ID")
    why_not.add_argument("need", nargs="?", metavar="NEED_ID", help="after an offer: why these two don't meet")
    why_not.set_defaults(run=command.why_not)
    diff = subcommands.add_parser("diff", parents=[common], help="what changed from one result to another")
    diff.add_argument("before", type=Path, metavar="DIR1")
    diff.add_argument("after", type=Path, metavar="DIR2")
    diff.set_defaults(run=command.diff)
    verify = subcommands.add_parser("verify", parents=[common], help="re-check a result without any solver")
    verify.add_argument("folder", type=Path, metavar="DIR")
    verify.set_defaults(run=command.verify)
    _add_suggest(subcommands.add_parser("suggest", parents=[common], help="form, fibre and waste code of words"))
    return parser


def _add_suggest(suggest: ArgumentParser) -> None:
    asked = suggest.add_mutually_exclusive_group(required=True)
    asked.add_argument("text", nargs="?", metavar="TEXT", help="what it is, in your own words")
    asked.add_argument("--evaluate", type=Path, metavar="PHRASES.csv", help="how often it is right on labelled phrases")
    suggest.add_argument("--semantic", action="store_true", help="also by meaning (the extra `semantic`)")
    suggest.set_defaults(run=command.suggest)


def _add_solve(solve: ArgumentParser) -> None:
    solve.add_argument("offers", type=Path, metavar="OFFERS.csv")
    solve.add_argument("needs", type=Path, metavar="NEEDS.csv")
    solve.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the result, replaced whole")
    solve.add_argument("--processors", type=Path, metavar="P.csv", help="processors: chains of one or two steps")
    solve.add_argument("--policy", type=Path, metavar="POLICY.toml", help="weights, pins, forbids")
    solve.add_argument("--previous", type=Path, metavar="DIR", help="an earlier result, for [stability] in the policy")
    solve.add_argument("--seconds", type=_seconds, default=30.0, help="wall clock for the allocation (default 30)")
    solve.add_argument("--pairs", action="store_true", help="also write every compatible pair with its value")
    solve.set_defaults(run=command.solve)


def _add_allocate(allocate: ArgumentParser) -> None:
    allocate.add_argument("offers", type=Path, metavar="OFFERS.csv")
    allocate.add_argument("needs", type=Path, metavar="NEEDS.csv")
    allocate.add_argument("pairs_file", type=Path, metavar="PAIRS.csv", help="offer_id, need_id, value[, yield]")
    allocate.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the result, replaced whole")
    allocate.add_argument("--seconds", type=_seconds, default=30.0, help="wall clock for the allocation (default 30)")
    allocate.set_defaults(run=command.allocate, pairs=False)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ArgumentTypeError(f"{text} is not a number of seconds greater than 0")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
