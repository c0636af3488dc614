# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands of background work."""

from __future__ import annotations

import click

from marketplace import logs
from marketplace.installation import Installation
from marketplace.jobs import worker


@click.command("worker")
@click.pass_obj
def work(installation: Installation) -> None:
    """Work the queue: mail, matching runs, deadlines. Stop with Ctrl-C."""
    logs.configure()
    worker.run(installation.app, lambda: click.echo("The worker is ready."))


commands = [work]
