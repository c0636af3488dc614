# SPDX-License-Identifier: AGPL-3.0-or-later
"""`marketplace reconcile`: the counters of every account, recomputed from the entries."""

from __future__ import annotations

import click

from marketplace.installation import Installation
from marketplace.ledger import actions, queries


@click.command()
@click.pass_obj
def reconcile(installation: Installation) -> None:
    """Recompute every counter of the ledger from its entries; exit status 1 on a difference of one gram."""
    with installation.database.reading() as session:
        differences = actions.reconcile(session)
        accounts, entries = queries.count_rows(session)
    for difference in differences:
        click.echo(str(difference), err=True)
    if differences:
        raise click.exceptions.Exit(1)
    click.echo(f"{accounts} accounts, {entries} entries: every counter agrees to the gram.")


commands = [reconcile]
