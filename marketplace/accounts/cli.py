# SPDX-License-Identifier: AGPL-3.0-or-later
"""`marketplace invite-admin`: the first person of an installation, whom nobody else can invite."""

from __future__ import annotations

import click

from marketplace.accounts import actions
from marketplace.accounts.details import NotAnEmail, canonical_email
from marketplace.accounts.rules import INVITATION_LASTS, AdminThere
from marketplace.installation import Installation
from marketplace.outbox.letters import absolute_link
from marketplace.settings import LANGUAGES


@click.command("invite-admin")
@click.argument("email")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="of the person's pages and mail")
@click.pass_obj
def invite_admin(installation: Installation, email: str, language: str) -> None:
    """Print the link by which the first administrator joins; who has it, is one. It works once."""
    try:
        address = canonical_email(email)
        with installation.database.transaction() as session:
            body, token = actions.invite_first_admin(session, address, language)
            name = body.name
    except (AdminThere, NotAnEmail) as error:
        raise click.ClickException(error.words) from error
    with installation.app.app_context():
        click.echo(f"{address} can join {name} as administrator, within {INVITATION_LASTS.days} days, here:")
        click.echo(absolute_link("accounts.invitation", token=token))


commands = [invite_admin]
