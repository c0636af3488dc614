# SPDX-License-Identifier: AGPL-3.0-or-later
"""Running an installation: settings that are insisted on, `marketplace check`, the server's configuration, logs."""

from __future__ import annotations

import http.client
import io
import json
import logging
import os
import runpy
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url, text

from marketplace import create_app, logs, schema, tables
from marketplace.check import Level, check
from marketplace.cli import main
from marketplace.db import Database
from marketplace.installation import Installation, environment_of
from marketplace.jobs.upkeep import beat
from marketplace.selfcheck import (
    WrongSetting,
    faults_of_application,
    faults_of_connection,
    insist_on_reference_settings,
)
from marketplace.settings import Settings
from tests.browser import post
from tests.house.building import ROOT
from tests.journeys.installation import stop, wait_for
from tests.ports import free_port
from tests.postgres import postgres_url

KEY = secrets.token_hex(32)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/m.db" if request.param == "sqlite" else str(postgres_url.__wrapped__())


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=url, secret_key=KEY, instance=tmp_path, mail_url=f"dir:{tmp_path}/mail")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    schema.bring_up_to_date(settings)
    found = Database(settings.database_url)
    yield found
    found.engine.dispose()


def run(settings: Settings, *words: str) -> Result:
    """A command of `marketplace` in this installation."""
    return CliRunner().invoke(main, list(words), obj=Installation(create_app, environment_of(settings)))


# what is insisted on


def test_the_reference_settings_are_in_force(database: Database) -> None:
    with database.engine.connect() as connection:
        assert list(faults_of_connection(connection)) == []


PULLED_OUT = {
    "sqlite": [
        "PRAGMA synchronous=OFF",
        "PRAGMA busy_timeout=0",
        "PRAGMA journal_mode=DELETE",
        "PRAGMA foreign_keys=OFF",
    ],
    "postgresql": [
        "SET synchronous_commit=off",
        "SET lock_timeout=0",
        "SET statement_timeout='5min'",
        "SET idle_in_transaction_session_timeout=0",
        "SET default_transaction_isolation='repeatable read'",
    ],
}


def test_each_setting_that_is_pulled_out_is_named(settings: Settings, database: Database) -> None:
    engine = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    named = []
    for statement in PULLED_OUT[engine.dialect.name]:
        with database.engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            connection.rollback()
            raw.execute(statement)
            faults = list(faults_of_connection(connection))
            named.append(any(statement.split()[1].split("=")[0] in fault for fault in faults))
            connection.invalidate()
    engine.dispose()
    assert all(named), list(zip(PULLED_OUT[engine.dialect.name], named, strict=True))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_HOSTS", None),
        ("MAX_CONTENT_LENGTH", None),
        ("SECRET_KEY", "short"),
        ("SESSION_COOKIE_HTTPONLY", False),
        ("SESSION_COOKIE_SAMESITE", None),
    ],
)
def test_the_application_does_not_start_without_its_guards(
    settings: Settings, database: Database, name: str, value: object
) -> None:
    app = create_app(settings, database)
    insist_on_reference_settings(app, database)
    app.config[name] = value
    with pytest.raises(WrongSetting, match="SameSite" if "SESSION" in name else name):
        insist_on_reference_settings(app, database)


def test_cookies_are_secure_where_the_site_is_reached_over_https(settings: Settings, database: Database) -> None:
    app = create_app(replace(settings, base_url="https://scambi.example"), database)
    assert list(faults_of_application(app)) == []
    app.config["SESSION_COOKIE_SECURE"] = False
    assert list(faults_of_application(app)) == ["the cookie must be Secure where the site is reached over https"]


def test_a_database_that_is_away_does_not_keep_the_server_from_starting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    away = f"postgresql://nobody@127.0.0.1:{port}/none"
    settings = Settings(database_url=away, secret_key=KEY, instance=tmp_path)
    database = Database(away)
    insist_on_reference_settings(create_app(settings, database), database)


# marketplace check


def findings(settings: Settings, database: Database) -> dict[str, list[tuple[Level, str]]]:
    found: dict[str, list[tuple[Level, str]]] = {}
    for one in check(create_app(settings, database), database):
        found.setdefault(one.subject, []).append((one.level, one.words))
    return found


def worst(found: dict[str, list[tuple[Level, str]]], subject: str) -> Level:
    order = [Level.GOOD, Level.WARNING, Level.FAULT]
    return max((level for level, _words in found[subject]), key=order.index)


def test_a_whole_installation_has_nothing_wrong(settings: Settings, database: Database) -> None:
    with database.transaction() as session:
        beat(session, "here:1")
    result = run(settings, "check")
    assert "wrong" not in result.output, result.output
    assert result.exit_code == 0


def test_an_empty_database_is_told_to_be_upgraded(settings: Settings) -> None:
    result = run(settings, "check")
    assert result.exit_code == 1
    assert "marketplace db upgrade" in result.output


def test_a_database_that_is_away_is_one_line(settings: Settings, tmp_path: Path) -> None:
    result = run(replace(settings, database_url=f"sqlite:///{tmp_path}/no/such/folder/m.db"), "check")
    assert result.exit_code == 1
    assert "wrong    database: it cannot be used" in result.output
    assert "Traceback" not in result.output


def test_no_worker_is_a_fault(settings: Settings, database: Database) -> None:
    assert worst(findings(settings, database), "worker") is Level.FAULT


@pytest.mark.parametrize("mail_url", ["", "carrier-pigeon://loft", "smtp://127.0.0.1:{closed}"])
def test_mail_that_cannot_leave_is_a_fault(settings: Settings, database: Database, mail_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = findings(replace(settings, mail_url=mail_url.format(closed=port)), database)
    assert worst(found, "mail") is Level.FAULT


def test_a_key_without_randomness_and_http_in_the_open_are_faults(settings: Settings, database: Database) -> None:
    assert worst(findings(replace(settings, secret_key="a" * 64), database), "settings") is Level.FAULT
    assert worst(findings(replace(settings, base_url="http://scambi.example"), database), "settings") is Level.FAULT


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_with_one_role_the_grant_wall_is_reported_as_missing(settings: Settings, database: Database) -> None:
    found = findings(settings, database)
    assert worst(found, "grant wall") is Level.WARNING
    assert "missing" in found["grant wall"][0][1]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_with_a_role_of_its_own_the_application_cannot_change_history(settings: Settings, tmp_path: Path) -> None:
    owner = make_url(settings.database_url)
    role, password = f"app_{secrets.token_hex(4)}", secrets.token_hex(8)
    _as_owner(owner.render_as_string(hide_password=False), f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
    mine = owner.set(username=role, password=password).render_as_string(hide_password=False)
    two = replace(settings, database_url=mine, migration_database_url=settings.database_url)
    schema.bring_up_to_date(two)
    database = Database(mine)
    found = findings(two, database)
    with database.transaction() as session:
        beat(session, "here:1")
    database.engine.dispose()
    assert worst(found, "grant wall") is Level.GOOD
    assert worst(found, "queue") is Level.GOOD
    _as_owner(settings.database_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def _as_owner(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


# commands


def test_the_schema_is_brought_up_to_date_once(settings: Settings) -> None:
    assert run(settings, "db", "upgrade").output == f"From nothing to {tables.newest_version()}.\n"
    assert run(settings, "db", "upgrade").output == f"The database is at version {tables.newest_version()}.\n"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite://", "SECRET_KEY": "short"}, "at least 32 characters"),
        ({"DATABASE_URL": "sqlite://", "SECRET_KEY": KEY, "BASE_URL": "ftp://x"}, "must be an http or https address"),
    ],
)
def test_a_missing_setting_is_one_sentence(environ: dict[str, str], words: str) -> None:
    result = CliRunner().invoke(main, ["check"], obj=Installation(create_app, environ))
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_child_process_is_told_the_same_installation(settings: Settings) -> None:
    again = Settings.from_environ(environment_of(settings))
    assert replace(again, instance=settings.instance) == settings


# the server


def test_the_server_keeps_to_the_reference_settings() -> None:
    conf = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert conf["worker_class"] == "gthread"
    assert conf["control_socket_disable"] is True
    assert conf["graceful_timeout"] >= 30
    assert 0 < conf["max_requests_jitter"] < conf["max_requests"]
    assert conf["forwarded_allow_ips"] == "127.0.0.1"
    assert conf["accesslog"] is None


def test_gunicorn_takes_the_configuration_and_the_application(settings: Settings, database: Database) -> None:
    environment = {**os.environ, **environment_of(settings)}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "gunicorn.conf.py", "--check-config"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def served(settings: Settings, database: Database, tmp_path: Path) -> Iterator[int]:
    """gunicorn on a free port."""
    port = free_port()
    environment = {**os.environ, **environment_of(settings), "WEB_CONCURRENCY": "1", "BIND": f"127.0.0.1:{port}"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:app"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            wait_for(f"http://127.0.0.1:{port}", [process], tmp_path / "log")
            yield port
        finally:
            stop(process)


def test_a_body_that_is_too_large_is_heard_out_and_answered_with_a_page(served: int) -> None:
    for length in (9_000_000, 60_000_000):
        body = io.BytesIO(b"x" * length)
        with closing(http.client.HTTPConnection("127.0.0.1", served, timeout=60)) as connection:
            connection.request("POST", "/sign-in", body, {"Content-Length": str(length), "Content-Type": "text/plain"})
            answer = connection.getresponse()
            assert (answer.status, body.tell()) == (413, length), "nothing was cut off while it was sent"
            assert "Nulla è stato conservato" in answer.read().decode()


def test_a_body_that_would_never_end_is_answered_at_once(served: int) -> None:
    with socket.create_connection(("127.0.0.1", served), timeout=60) as connection:
        announced = b"Content-Length: 2000000000\r\nContent-Type: text/plain"
        connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n" + announced + b"\r\n\r\n")
        assert connection.recv(13) == b"HTTP/1.1 413 "


# logs


@pytest.fixture
def quiet_logs() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


def test_nothing_that_is_typed_can_pretend_to_be_a_line_of_the_log(
    quiet_logs: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    structlog.get_logger("x").warning("refused", word="\n2026-11-22 INFO login ok \u2028 \x1b[31m")
    logging.getLogger("library").error("said %s", "\nINFO all well")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["level"] for line in lines] == ["warning", "error"]
    assert all(line.isascii() and "\x1b" not in line for line in lines)


# the first person


def test_the_first_administrator_joins_by_a_link_that_the_installation_prints(
    settings: Settings, database: Database
) -> None:
    settings = replace(settings, base_url="http://localhost")
    printed = run(settings, "invite-admin", "Anna.Bini@comune.example", "--language", "en")
    assert printed.exit_code == 0, printed.output
    said, link = printed.output.splitlines()
    assert said == "anna.bini@comune.example can join Comune di Prato as administrator, within 14 days, here:"
    app = create_app(settings, database)
    visitor, address = app.test_client(), link.removeprefix(settings.base_url)
    who = {"email": "anna.bini@comune.example", "password": "correct horse battery staple"}
    assert post(visitor, address, address, {"name": "Anna Bini", **who}).status_code == 302
    assert post(visitor, "/sign-in", "/sign-in", who).status_code == 302
    assert visitor.get("/people").status_code == 200, "administrators alone read it"
    again = run(settings, "invite-admin", "somebody.else@comune.example")
    assert (again.exit_code, again.output) == (
        1,
        "Error: There is an administrator already; whoever that is invites the others.\n",
    )


def test_an_address_that_is_none_invites_nobody(settings: Settings, database: Database) -> None:
    printed = run(settings, "invite-admin", "nobody")
    assert printed.exit_code == 1
    assert printed.output == "Error: This is not an e-mail address that mail can be sent to.\n"
