"""Adding very many rows, each engine by its own fastest way."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, text

from todoapp.db import Base, db, writer
from todoapp.engines import be_patient
from todoapp.models import TagCount, TodoCount

#: How much of the database SQLite keeps in memory meanwhile, in KiB: each list grows at a place of
#: its own in every index, and without the room for all of them each row would be read from disk.
_SQLITE_CACHE = 512 * 1024


def prepare() -> None:
    """Let the open transaction take as long as it takes."""
    if writer().dialect.name == "sqlite":
        writer().exec_driver_sql(f"PRAGMA cache_size=-{_SQLITE_CACHE}")
        return
    be_patient(writer())
    for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
        writer().execute(text(f"SET LOCAL {timeout} = 0"))


def add(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`, which have the same columns in the same order."""
    if not rows:
        return
    if writer().dialect.name == "sqlite":
        writer().execute(insert(model.__table__), rows)  # type: ignore[arg-type]
        return
    names = ", ".join(rows[0])
    driver: Any = writer().connection.driver_connection
    with driver.cursor().copy(f"COPY {model.__tablename__} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def next_id(model: type[Base]) -> int:
    """Return the first id that no row of `model` has, or ever had."""
    if writer().dialect.name == "sqlite":
        asked = text("SELECT seq + 1 FROM sqlite_sequence WHERE name = :name")
    else:
        asked = text("SELECT nextval(pg_get_serial_sequence(:name, 'id'))")
    return writer().scalar(asked, {"name": model.__tablename__}) or 1


def give_out(model: type[Base], last_id: int) -> None:
    """Count the ids up to `last_id`, which were inserted, as given: SQLite has seen them."""
    if writer().dialect.name == "postgresql":
        given = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
        writer().execute(given, {"name": model.__tablename__, "last": last_id})


def settle() -> None:
    """Shrink the counts, and let the planner look at what there is now, after the commit.

    Each portion has written the counts again. PostgreSQL still has all these rows, and would go
    through them to add up everybody's.
    """
    with db.engines[None].connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
            return
        connection.execution_options(isolation_level="AUTOCOMMIT")
        be_patient(connection)
        connection.detach()  # its timeout is nobody else's
        connection.exec_driver_sql("SET statement_timeout = 0")
        counts = ", ".join(model.__tablename__ for model in (TagCount, TodoCount))
        connection.exec_driver_sql(f"VACUUM (FULL) {counts}")
        connection.exec_driver_sql("VACUUM (ANALYZE)")
