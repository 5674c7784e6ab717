"""How many todos of each status are in each list: kept in step by the database itself.

Triggers on `todo` do it, in the transaction of every write, so that no write can forget it.

In SQLite each list has one row. In PostgreSQL a row is held until the commit, and one row would
have all writers of a list wait for each other: so a writer takes a row that nobody holds, and adds
one when there is none. Nobody waits, so that there are no deadlocks either; what counts is the sum.
Its triggers run once for each statement, whatever the number of todos that it changes.
"""

from sqlalchemy import ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.limits import Status
from todoapp.models.columns import NEVER_REUSE_IDS
from todoapp.models.triggers import attach


class TodoCount(Base):
    """What some writers have added to the counts of a list; the trash is not in it."""

    __tablename__ = "todo_count"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(BigId, Identity(), primary_key=True)
    list_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("todo_list.id", ondelete="CASCADE"), index=True
    )
    #: Grows with every change that any statistic of the list can tell.
    version: Mapped[int] = mapped_column(BigId, server_default="0")
    pending: Mapped[int] = mapped_column(server_default="0")
    in_progress: Mapped[int] = mapped_column(server_default="0")
    on_hold: Mapped[int] = mapped_column(server_default="0")
    completed: Mapped[int] = mapped_column(server_default="0")
    cancelled: Mapped[int] = mapped_column(server_default="0")


#: What is counted, and what tells the time of it.
_COUNTED = ("list_id", "status", "due_on", "due_key", "completed_at")
_WATCHED = (*_COUNTED, "deleted_at")


def _sqlite(row: str, sign: str) -> str:
    """Return what adds the todo `row`, or takes it away."""
    counts = (f"{status} = {status} {sign} ({row}.status = '{status}')" for status in Status)
    return (
        f"UPDATE todo_count SET version = version + 1, {', '.join(counts)}"  # noqa: S608
        f" WHERE list_id = {row}.list_id AND {row}.deleted_at IS NULL;"
    )


_SQLITE = (
    "CREATE TRIGGER todo_count_list AFTER INSERT ON todo_list BEGIN"
    " INSERT INTO todo_count (list_id) VALUES (new.id); END",
    f"CREATE TRIGGER todo_count_insert AFTER INSERT ON todo BEGIN {_sqlite('new', '+')} END",
    f"CREATE TRIGGER todo_count_delete AFTER DELETE ON todo BEGIN {_sqlite('old', '-')} END",
    f"CREATE TRIGGER todo_count_update AFTER UPDATE OF {', '.join(_WATCHED)} ON todo"
    f" WHEN {' OR '.join(f'old.{name} IS NOT new.{name}' for name in _WATCHED)}"
    f" BEGIN {_sqlite('old', '-')} {_sqlite('new', '+')} END",
)


def _rows(sign: int, table: str) -> str:
    """Return the select of what a statement added, or took away."""
    names = ", ".join(_COUNTED)
    return f"SELECT {sign} AS sign, id, {names} FROM {table} WHERE deleted_at IS NULL"  # noqa: S608


def _deltas(rows: str) -> str:
    """Return the select of what `rows` change in the counts, by list.

    A todo that is the same before and after falls out. There is no join, which PostgreSQL would
    plan for one todo, and then run so for thousands.
    """
    sums = (
        f"coalesce(sum(sign) FILTER (WHERE status = '{status}'), 0) AS {status}"
        for status in Status
    )
    changed = ", ".join(("id", *_COUNTED))
    return (
        f"SELECT list_id, {', '.join(sums)} FROM"  # noqa: S608
        f" (SELECT sum(sign) AS sign, {changed} FROM ({rows}) AS row"
        f" GROUP BY {changed} HAVING sum(sign) <> 0) AS changed GROUP BY list_id"
    )


_ADDED = ", ".join(f"{status} = {status} + delta.{status}" for status in Status)
#: Adds a delta to a row of its list that nobody holds, or else to a new one.
_ADD = (
    f"UPDATE todo_count SET version = version + 1, {_ADDED} WHERE id ="  # noqa: S608
    " (SELECT id FROM todo_count WHERE list_id = delta.list_id LIMIT 1 FOR UPDATE SKIP LOCKED);"
    f" IF NOT FOUND THEN INSERT INTO todo_count (list_id, version, {', '.join(Status)})"
    f" VALUES (delta.list_id, 1, {', '.join(f'delta.{status}' for status in Status)}); END IF;"
)


def _postgresql(name: str, transition: str, rows: str) -> tuple[str, str]:
    """Return the function that runs after a statement, and its trigger."""
    return (
        f"CREATE FUNCTION todo_count_{name}() RETURNS trigger LANGUAGE plpgsql AS $$"
        " DECLARE delta record;"
        f" BEGIN FOR delta IN {_deltas(rows)} LOOP {_ADD} END LOOP; RETURN NULL; END $$",
        f"CREATE TRIGGER todo_count_{name} AFTER {name.upper()} ON todo REFERENCING {transition}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION todo_count_{name}()",
    )


_FRESH, _STALE = _rows(1, "fresh"), _rows(-1, "stale")
_POSTGRESQL = (
    "CREATE FUNCTION todo_count_list() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO todo_count (list_id) VALUES (NEW.id); RETURN NULL; END $$",
    "CREATE TRIGGER todo_count_list AFTER INSERT ON todo_list"
    " FOR EACH ROW EXECUTE FUNCTION todo_count_list()",
    *_postgresql("insert", "NEW TABLE AS fresh", _FRESH),
    *_postgresql("delete", "OLD TABLE AS stale", _STALE),
    *_postgresql("update", "OLD TABLE AS stale NEW TABLE AS fresh", f"{_FRESH} UNION ALL {_STALE}"),
)
_FUNCTIONS = ("list", "insert", "delete", "update")
_POSTGRESQL_DROP = tuple(f"DROP FUNCTION IF EXISTS todo_count_{name}()" for name in _FUNCTIONS)

attach("sqlite", _SQLITE, "after_create")
attach("postgresql", _POSTGRESQL, "after_create")
attach("postgresql", _POSTGRESQL_DROP, "after_drop")
