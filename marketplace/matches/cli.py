# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands of this room."""

from __future__ import annotations

from collections.abc import Iterator

import click

from marketplace.installation import Installation
from marketplace.matches.history import model_of
from marketplace.matches.queries import count_refusals
from marketplace.matches.solving import solve
from matching import Acceptance
from matching.pairing.score import MICRO


@click.command("solve-run")
@click.argument("run_id", type=int)
@click.pass_obj
def solve_run(installation: Installation, run_id: int) -> None:
    """Work on a matching run that a worker has taken up (workers start this themselves)."""
    click.echo(solve(installation.database, run_id))


@click.command("acceptance")
@click.pass_obj
def acceptance(installation: Installation) -> None:
    """Say how well the firms' past answers foretell which proposals both sides accept."""
    with installation.database.reading() as session:
        model = model_of(session)
        refusals = count_refusals(session)
    for line in (*_of_model(model), *(f"refused, {reason}: {number}" for reason, number in refusals.items())):
        click.echo(line)


def _of_model(model: Acceptance) -> Iterator[str]:
    yield f"answers: {model.answers}, accepted by both: {model.prior_micro / MICRO:.1%}"
    yield f"basis: {model.basis}"
    if model.quality is None:
        return
    quality = model.quality
    yield f"learnt from the {quality.trained_on} earlier answers, tried on the {quality.tested_on} later ones"
    yield f"Brier score: {quality.brier:.4f}; of the prior: {quality.prior_brier:.4f}"
    yield f"gain: {quality.gain:.4f}, standard error {quality.gain_error:.4f}"
    for one in quality.bins:
        yield f"foreseen {one.predicted:.1%}, seen {one.accepted:.1%}, answers {one.answers}"
    for name, weight in model.weight_micro.items():
        yield f"weight of {name}: {weight / MICRO:+.2f}"


commands = [solve_run, acceptance]
