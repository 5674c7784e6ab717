"""What must hold in the database, however the service died."""

from collections import Counter
from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint, and_, func, select, text

from tests.faults.writers import Ledger
from tests.support import serve
from todoapp.db import Base
from todoapp.models import Change, Todo

#: What died without a word must not leave a session behind, with its transaction and its locks.
_SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'todoapp %'
"""


def account_for(ledger: Ledger, connection: Connection) -> None:
    """Assert that all which was acknowledged is stored, once, and logged, once; nothing else is."""
    stored = connection.execute(select(Todo.title, Todo.id)).tuples().all()
    assert ledger.acknowledged.items() - set(stored) == set(), "lost"
    assert Counter(title for title, _ in stored) == Counter(ledger.acknowledged.keys()), "doubled"
    changes = connection.execute(select(Change.noun_id, Change.action).where(Change.noun == "todo"))
    assert sorted(changes.tuples()) == sorted((todo_id, "create") for _, todo_id in stored)


def damage(connection: Connection) -> list[str]:
    """Return what is broken in the database of a service that has ended; nothing, as it should be.

    `connection` is in autocommit.
    """
    if connection.dialect.name == "sqlite":
        said = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        astray = connection.execute(text("PRAGMA foreign_key_check")).all()
        return [line for line in said if line != "ok"] + [str(row) for row in astray]
    serve.wait_until(lambda: connection.scalar(text(_SESSIONS)) == 0, "the sessions to end")
    return _astray(connection)


def _astray(connection: Connection) -> list[str]:
    """Return the foreign keys that point at nothing."""
    keys = [key for table in Base.metadata.sorted_tables for key in table.foreign_key_constraints]
    return [str(key.name) for key in keys if connection.scalar(_dangling(key))]


def _dangling(key: ForeignKeyConstraint) -> Any:
    """Count the rows whose key is set and names no row."""
    target = key.referred_table.alias("target")
    match = and_(*(one.parent == target.c[one.column.name] for one in key.elements))
    is_set = and_(*(column.is_not(None) for column in key.columns))
    return (
        select(func.count())
        .select_from(key.table)
        .where(is_set, ~select(target).where(match).exists())
    )
