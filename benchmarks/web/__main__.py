# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asks a marketplace at work for its pages, in turn with a page that only says hello, and prints a table of ratios.

`python -m benchmarks.web` fills a database of its own, starts gunicorn with the settings of production, and ends both.
"""

import secrets
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.results import when
from benchmarks.web.crowd import Crowd, Size, fill, rows_of
from benchmarks.web.mixed import mixed
from benchmarks.web.pages import pages
from benchmarks.web.served import Served, served
from benchmarks.web.writes import writes
from marketplace import create_app, schema
from marketplace.db import Database
from marketplace.installation import environment_of
from marketplace.ledger.actions import reconcile
from marketplace.settings import Settings
from tests.postgres import postgres_url


def main() -> None:
    asked = _asked()
    with tempfile.TemporaryDirectory() as name, _marketplace(asked, Path(name)) as (crowd, ours, hello, url):
        if "pages" in asked.what:
            _tell(pages(crowd, ours, hello, asked.rounds, asked.seconds))
        if "writes" in asked.what:
            _tell(writes(crowd, ours, url))
        if "mixed" in asked.what:
            _tell(mixed(crowd, ours, asked.rate, asked.minutes))


def _tell(lines: Iterable[str]) -> None:
    """Each line as soon as it is known; a table of its own."""
    print(flush=True)
    for line in lines:
        print(line, flush=True)


@contextmanager
def _marketplace(asked: Namespace, folder: Path) -> Iterator[tuple[Crowd, Served, Served, str]]:
    """A filled marketplace and a hello, both running; at the end every gram is accounted for, or this fails."""
    url = f"sqlite:///{folder / 'marketplace.db'}" if asked.database == "sqlite" else postgres_url()
    settings = Settings(url, secrets.token_hex(32), instance=folder, broker_number="FI 000000 (invented)")
    schema.bring_up_to_date(settings)
    database = Database(url)
    app = create_app(settings, database)
    crowd = fill(app, Size(asked.firms, asked.listings, asked.deals, asked.accepts))
    print(f"{when()}; {database.engine.dialect.name}: {rows_of(app)}", flush=True)
    environment = environment_of(settings)
    with (
        served("wsgi:app", environment, folder / "ours.log") as ours,
        served("benchmarks.web.hello:app", environment, folder / "hello.log") as hello,
    ):
        yield crowd, ours, hello, url
    with database.reading() as session:
        assert reconcile(session) == [], "grams are missing"
    assert "Traceback" not in (said := (folder / "ours.log").read_text()), said
    database.engine.dispose()


def _asked() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--what", choices=("pages", "writes", "mixed"), nargs="+", default=["pages", "writes"])
    parser.add_argument("--firms", type=int, default=300)
    parser.add_argument("--listings", type=int, default=10_000)
    parser.add_argument("--deals", type=int, default=600)
    parser.add_argument("--accepts", type=int, default=200, help="on lots of their own, and as many on one lot")
    parser.add_argument("--rounds", type=int, default=5, help="in which each page has its turn; medians are kept")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn")
    parser.add_argument("--rate", type=float, default=100.0, help="of mixed requests a second")
    parser.add_argument("--minutes", type=float, default=10.0, help="of mixed requests")
    return parser.parse_args()


if __name__ == "__main__":
    main()
