# SPDX-License-Identifier: AGPL-3.0-or-later
"""`marketplace …`: what an operator does from a terminal. Rooms add their own commands in `<room>/cli.py`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click
from sqlalchemy.exc import DBAPIError

from marketplace import ROOMS, create_app, schema
from marketplace import check as checks
from marketplace.installation import Installation
from marketplace.settings import SettingsError

PLACES = (*ROOMS, "jobs", "demo")
"""Where commands are found: the list `commands` in `marketplace.<place>.cli`, where there is one."""


class Commands(click.Group):
    """All commands of all rooms; what is wrong with the settings is a sentence, not a trace."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Names of all commands."""
        self._find()
        return super().list_commands(context)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        self._find()
        return super().get_command(context, name)

    def invoke(self, context: click.Context) -> object:
        """Run the command; a wrong setting or a database that refuses is said in one line."""
        try:
            return super().invoke(context)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            raise click.ClickException(f"The database refuses: {error.orig}".strip()) from error

    def _find(self) -> None:
        for place in PLACES:
            module = f"marketplace.{place}.cli"
            if find_spec(module) is not None:
                for command in import_module(module).commands:
                    self.add_command(command)


@click.group(cls=Commands)
@click.version_option(package_name="circular-materials-marketplace")
@click.pass_context
def main(context: click.Context) -> None:
    """The circular-materials marketplace. Settings come from the environment: DATABASE_URL, SECRET_KEY, …"""
    context.obj = context.obj or Installation(create_app)
    context.call_on_close(context.obj.close)


@main.command()
@click.pass_obj
def check(installation: Installation) -> None:
    """Say what is wrong with this installation; exit status 1 if anything is."""
    findings = checks.check(installation.app, installation.database)
    for finding in findings:
        click.echo(finding)
    if any(finding.level is checks.Level.FAULT for finding in findings):
        raise SystemExit(1)


@main.group()
def db() -> None:
    """The database."""


@db.command()
@click.pass_obj
def upgrade(installation: Installation) -> None:
    """Bring the schema to the newest version, as MIGRATION_DATABASE_URL if that is set."""
    click.echo(schema.bring_up_to_date(installation.settings))


if __name__ == "__main__":
    main()
