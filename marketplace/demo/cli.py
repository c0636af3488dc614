# SPDX-License-Identifier: AGPL-3.0-or-later
"""`marketplace demo`: one command from nothing to a running marketplace."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marketplace.demo.home import Home, Made, new_password
from marketplace.demo.server import Household, insist_on_free_port
from marketplace.settings import Settings

if TYPE_CHECKING:
    from marketplace.demo.past import Wishes

SEED = 1
MONTHS = 18
"""Of past."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says; None where it says nothing."""

    seed: int | None
    today: date | None
    months: int | None
    password: str | None


@click.command("demo")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where pages are served.")
@click.option("--password", help="Of everybody; at least ten characters. Made up if not given.")
@click.option("--instance", default="instance", show_default=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", type=int, help=f"Another number makes another past.  [default: {SEED}]")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day around which everything happens.")
@click.option("--months", type=click.IntRange(1, 60), help=f"Months of past.  [default: {MONTHS}]")
@click.option("--fresh", is_flag=True, help="Make the demo anew.")
def demo(port: int, instance: Path, fresh: bool, today: datetime | None, **asked: object) -> None:
    """Make an invented district with its past, and serve it with its worker until Ctrl-C.

    Nothing is configured and nothing outside the folder --instance is touched.
    """
    wishes = Asked(today=today.date() if today else None, **asked)  # type: ignore[arg-type]
    home = Home(instance)
    home.insist_on_own_database(os.environ.get("DATABASE_URL"))
    insist_on_free_port(port)
    with home.occupied():
        made = None if fresh else home.made()
        secret_key = made.secret_key if made else secrets.token_hex(32)
        with Household(home.settings(secret_key, port), port) as household:
            if made is None:
                made = _make(home, wishes, home.settings(secret_key, port), household.start_server)
            else:
                _insist_on_same(made, wishes)
                click.echo(f"Using the demo of {made.today} in {home.folder} (--fresh makes a new one).")
            _tell(made, port)
            household.serve(lambda: click.echo("Ready. Stop with Ctrl-C."))


def _make(home: Home, asked: Asked, settings: Settings, meanwhile: Callable[[], object]) -> Made:
    # Heavy to import, and needed only now: every other command reads this file too.
    from marketplace import create_app, schema
    from marketplace.db import Database
    from marketplace.demo.seeding import fill

    wishes = _wishes(asked)
    began = time.monotonic()
    click.echo(f"Making the demo in {home.folder}: a district's last {wishes.months} months before {wishes.today}.")
    home.begin()
    click.echo(schema.bring_up_to_date(settings))
    database = Database(settings.database_url)

    def say(words: str) -> None:
        click.echo(f"{time.monotonic() - began:5.1f} s  {words}")

    with create_app(settings, database).app_context():
        sign_ins = fill(database, wishes, say, meanwhile)
    database.engine.dispose()
    made = Made(wishes.seed, str(wishes.today), wishes.months, wishes.password, settings.secret_key, sign_ins)
    home.keep(made)
    return made


def _wishes(asked: Asked) -> Wishes:
    """What is asked for, and where nothing is, what is usual."""
    from marketplace.accounts.passwords import UnfitPassword, check_password
    from marketplace.demo.past import Wishes

    password = asked.password or new_password()
    try:
        check_password(password)
    except UnfitPassword as error:
        raise click.BadParameter(error.words, param_hint="--password") from error
    return Wishes(
        seed=SEED if asked.seed is None else asked.seed,
        today=asked.today or date.today(),  # noqa: DTZ011 - the day on the visitor's wall
        months=asked.months or MONTHS,
        password=password,
    )


def _insist_on_same(made: Made, asked: Asked) -> None:
    """What is asked for must be what is there; nothing is thrown away unasked."""
    found = {"seed": made.seed, "today": made.today, "months": made.months, "password": made.password}
    for name, there in found.items():
        wanted = getattr(asked, name)
        if wanted is not None and str(wanted) != str(there):
            raise click.ClickException(f"The demo in this folder has another --{name}. Add --fresh to make it anew.")


def _tell(made: Made, port: int) -> None:
    """Each line leaves at once, through a pipe too: that is how click writes."""
    click.echo(f"password: {made.password}")
    for role, email in made.sign_ins:
        click.echo(f"{role}: {email}")
    click.echo(f"address: http://127.0.0.1:{port}")


commands = [demo]
