"""Changing a table that SQLite cannot alter: what every later batch migration uses.

Alembic's batch makes a new table, copies the rows, drops the old table and takes its name. On the
way SQLite loses the triggers of the table, and the highest id that AUTOINCREMENT has given out:
ids of deleted rows would be given again. Also, a trigger or view elsewhere that names the table
would stop the renaming. `rebuild` sees to all three:

    with rebuild(op, "todo") as batch:
        batch.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))

Foreign keys must be off, which env.py sees to: else dropping the old table would empty its
children. An index on an expression is not seen by Alembic: make it anew after the block. So is a
trigger whose text must change along with the table: drop it before. On PostgreSQL this is plain
ALTER TABLE.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.operations import BatchOperations, Operations
from sqlalchemy import Connection, text


@contextmanager
def rebuild(op: Operations, table: str) -> Iterator[BatchOperations]:
    """Yield what alters `table`; keep its triggers, its AUTOINCREMENT and its sequence."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        with op.batch_alter_table(table, recreate="never") as batch:
            yield batch
        return
    if connection.scalar(text("PRAGMA foreign_keys")):
        raise RuntimeError(f"rebuilding {table} with foreign keys on would empty its children")
    triggers, sequence = _triggers(connection, table), _sequence(connection, table)
    counts = {"sqlite_autoincrement": _counts(connection, table)}
    # The old way of renaming does not read the rest of the schema.
    connection.execute(text("PRAGMA legacy_alter_table=ON"))
    with op.batch_alter_table(table, recreate="always", table_kwargs=counts) as batch:
        yield batch
    connection.execute(text("PRAGMA legacy_alter_table=OFF"))
    for trigger in triggers:
        connection.exec_driver_sql(trigger)
    _set_sequence(connection, table, sequence)


def _triggers(connection: Connection, table: str) -> list[str]:
    statement = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    return list(connection.scalars(statement, {"name": table}))


def _counts(connection: Connection, table: str) -> bool:
    statement = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    return "AUTOINCREMENT" in connection.scalars(statement, {"name": table}).one().upper()


def _sequence(connection: Connection, table: str) -> int | None:
    """Return the highest id ever given out; None if none was, or nobody counts."""
    if not _counts(connection, table):
        return None
    statement = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return connection.scalars(statement, {"name": table}).one_or_none()


def _set_sequence(connection: Connection, table: str, sequence: int | None) -> None:
    if sequence is None:
        return
    values = {"name": table, "seq": sequence}
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
    connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), values)
