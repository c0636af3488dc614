# SPDX-License-Identifier: AGPL-3.0-or-later
"""The database: engine, sessions, column types and the clock. Plain SQLAlchemy, SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Integer, MetaData, create_engine, event, text
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

MAX_KEY = 2**63 - 1
"""The largest primary key either database can hold; a larger one in a URL names nothing."""

BigKey = BigInteger().with_variant(Integer, "sqlite")
"""SQLite gives automatic keys only to INTEGER columns."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, timestamptz on PostgreSQL, ISO text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they would be stored in whatever zone the server happens to be in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = Annotated[int, mapped_column(BigKey, primary_key=True)]
Grams = Annotated[int, mapped_column(BigInteger)]
"""Mass in whole grams."""
MilliEuroPerKg = Annotated[int, mapped_column(BigInteger)]
"""Unit price in thousandths of a euro per kilogram; negative when the giver pays."""


class Base(DeclarativeBase):
    """Every table; constraint names are fixed so that they can be mapped back to form fields."""

    type_annotation_map = {datetime: UtcDateTime, int: BigInteger}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """One engine and its sessions: readers cannot write, writers take their lock at BEGIN.

    On SQLite a writer begins with BEGIN IMMEDIATE, since a lock taken later dies with "database is
    locked"; on PostgreSQL the isolation level is pinned to READ COMMITTED, under which the conditional
    updates of the ledger are exact.
    """

    def __init__(self, url: str) -> None:
        self.engine = _make_engine(url)
        self.reader = sessionmaker(self.engine.execution_options(writes=False, postgresql_readonly=True))
        self.writer = sessionmaker(self.engine.execution_options(writes=True))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A unit of work outside a web request: commits at the end or rolls everything back."""
        with self.writer() as session:
            yield session
            session.commit()
            run_after_commit(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that cannot write."""
        with self.reader() as session:
            yield session


def after_commit(session: Session, act: Callable[[], object]) -> None:
    """Do something (enqueue a job, say) only once the transaction has been kept."""
    session.info.setdefault("after_commit", []).append(act)


def run_after_commit(session: Session) -> None:
    """Do what was put off; called by the two places that commit."""
    for act in session.info.pop("after_commit", []):
        act()


def now(session: Session) -> datetime:
    """The database's time in UTC (one clock for all processes); replaced only while a past is simulated."""
    clock = session.info.get("clock")
    if clock is not None:
        simulated: datetime = clock()
        return simulated
    if session.get_bind().dialect.name == "sqlite":
        moment = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(moment).replace(tzinfo=UTC)
    moment_utc: datetime = session.execute(text("SELECT statement_timestamp()")).scalar_one()
    return moment_utc.astimezone(UTC)


def today(session: Session) -> date:
    """The database's date in UTC."""
    return now(session).date()


def _make_engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 5})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        _with_driver(url),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_timeout=5,
        connect_args={
            "options": "-c statement_timeout=15s -c lock_timeout=3s"
            " -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
        },
    )


def _with_driver(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions of its own: _begin_sqlite does, with the right kind.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
