# SPDX-License-Identifier: AGPL-3.0-or-later
"""The schema that the migrations make is the schema that the models describe."""

from __future__ import annotations

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from marketplace import tables
from marketplace.db import Database


def test_there_is_one_newest_migration(whole_database: Database) -> None:
    with whole_database.engine.connect() as connection:
        script = ScriptDirectory.from_config(tables.alembic_config(connection))
    assert len(script.get_heads()) == 1


def test_the_models_and_the_migrated_schema_agree(whole_database: Database) -> None:
    with whole_database.engine.begin() as connection:
        command.check(tables.alembic_config(connection))


def test_every_table_was_made_by_the_migrations(whole_database: Database) -> None:
    made = set(inspect(whole_database.engine).get_table_names())
    assert set(tables.METADATA.tables) <= made


def test_every_constraint_has_a_name() -> None:
    nameless = [
        f"{table.name}: {constraint}"
        for table in tables.METADATA.tables.values()
        for constraint in [*table.constraints, *table.indexes]
        if not constraint.name
    ]
    assert not nameless, nameless


def test_every_constraint_of_the_database_has_a_name_of_ours(whole_database: Database) -> None:
    found = inspect(whole_database.engine)
    for table in tables.METADATA.tables:
        names = [c["name"] for c in found.get_check_constraints(table)]
        names += [c["name"] for c in found.get_unique_constraints(table)]
        names += [c["name"] for c in found.get_foreign_keys(table)]
        assert all(name and name[:3] in ("ck_", "uq_", "fk_") for name in names), (table, names)


def test_no_name_of_a_constraint_is_longer_than_postgresql_keeps() -> None:
    for table in tables.METADATA.tables.values():
        for constraint in [*table.constraints, *table.indexes]:
            assert len(str(constraint.name)) <= 63, constraint.name
