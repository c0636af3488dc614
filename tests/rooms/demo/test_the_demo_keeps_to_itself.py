# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the command refuses, each with a sentence and before anything is made."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from marketplace.cli import main
from marketplace.demo.home import Home, Made, new_password
from marketplace.demo.server import STOPPING
from tests.ports import free_port

MADE = Made(
    seed=1,
    today="2026-11-22",
    months=1,
    password="una balla",
    secret_key="k" * 40,
    sign_ins=[("company", "a@b.example")],
)


def demo(folder: Path, *options: str, environment: dict[str, str | None] | None = None) -> Result:
    """The command, in a folder."""
    arguments: Sequence[str] = ("demo", "--instance", str(folder), "--port", str(free_port()), *options)
    return CliRunner().invoke(main, arguments, env={"DATABASE_URL": None, **(environment or {})})


@pytest.mark.parametrize("options", [(), ("--fresh",)])
def test_a_database_that_no_demo_made_is_left_alone(tmp_path: Path, options: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(tmp_path / "marketplace.db")) as somebodys:
        somebodys.execute("CREATE TABLE listing (id INTEGER)")
    before = (tmp_path / "marketplace.db").read_bytes()
    answer = demo(tmp_path, *options)
    assert answer.exit_code == 1
    assert "was not made by the demo and is left alone" in answer.output
    assert (tmp_path / "marketplace.db").read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "marketplace.db").write_text("the cat's diary, which is longer than the header of a database " * 30)
    assert "left alone" in demo(tmp_path).output


def test_a_database_named_by_the_environment_is_not_used(tmp_path: Path) -> None:
    answer = demo(tmp_path / "new", environment={"DATABASE_URL": "postgresql://somebody@localhost/own"})
    assert answer.exit_code == 1
    assert "DATABASE_URL names another database" in answer.output
    assert not (tmp_path / "new").exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        answer = demo(tmp_path, "--port", str(other.getsockname()[1]))
    assert answer.exit_code == 1
    assert "is taken" in answer.output


def test_a_password_that_the_marketplace_would_refuse_is_refused_at_once(tmp_path: Path) -> None:
    answer = demo(tmp_path, "--password", "short")
    assert answer.exit_code == 2
    assert "at least 10 characters" in answer.output
    assert not (tmp_path / "marketplace.db").exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with Home(tmp_path).occupied():
        answer = demo(tmp_path)
    assert answer.exit_code == 1
    assert "running in" in answer.output


@pytest.mark.parametrize(
    "options", [("--seed", "2"), ("--today", "2026-12-24"), ("--months", "3"), ("--password", "another one")]
)
def test_another_demo_is_made_only_when_asked_for(tmp_path: Path, options: tuple[str, str]) -> None:
    home = Home(tmp_path)
    home.begin()
    home.keep(MADE)
    answer = demo(tmp_path, *options)
    assert answer.exit_code == 1
    assert f"has another {options[0]}. Add --fresh" in answer.output
    assert home.made() == MADE


def test_signals_are_heard_as_before_once_a_demo_has_ended(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in STOPPING]
    home = Home(tmp_path)
    home.begin()
    home.keep(MADE)
    assert demo(tmp_path, "--seed", "2").exit_code == 1
    assert [signal.getsignal(number) for number in STOPPING] == before


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.keep(MADE)
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    assert new_password() != new_password()


def test_a_demo_whose_making_was_broken_off_counts_as_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.begin()
    assert home.made() is None
    home.insist_on_own_database(None)
