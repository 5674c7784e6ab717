"""How many todos of each list have each tag: kept in step by the database itself.

Triggers on `todo_tag` do it, as those of `models.todo_count` do on `todo`; another one tells the
tags when their todo goes into the trash or comes back. Spellings are counted apart, since the one
that most todos have is shown.

In SQLite a spelling has one row in each list. In PostgreSQL it may have several, by writers that
were under way at once: a writer makes one of all that nobody holds, and passes by the others, so
that nobody waits. What counts is the sum. A row that has come to nothing is deleted.
"""

from sqlalchemy import ForeignKey, Identity, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.triggers import attach


class TagCount(Base):
    """What some writers have added to the count of a spelling; the trash is not in it."""

    __tablename__ = "tag_count"
    __table_args__ = (Index("ix_tag_count_list", "list_id", "key", "name"),)

    id: Mapped[int] = mapped_column(BigId, Identity(), primary_key=True)
    list_id: Mapped[int] = mapped_column(BigId, ForeignKey("todo_list.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(limits.TAG_MAX))
    uses: Mapped[int]


_COUNTED = ("list_id", "key", "name")
_WATCHED = (*_COUNTED, "is_live")


def _same(row: str) -> str:
    return " AND ".join(f"{name} = {row}.{name}" for name in _COUNTED)


#: Adds the tag `new`, which makes the row if it is the first.
_ADD = (
    f"INSERT INTO tag_count ({', '.join(_COUNTED)}, uses)"  # noqa: S608
    f" SELECT {', '.join(f'new.{name}' for name in _COUNTED)}, 0"
    f" WHERE new.is_live AND NOT EXISTS (SELECT 1 FROM tag_count WHERE {_same('new')});"
    f" UPDATE tag_count SET uses = uses + 1 WHERE {_same('new')} AND new.is_live;"
)
#: Takes the tag `old` away, and the row if it was the last.
_TAKE = (
    f"UPDATE tag_count SET uses = uses - 1 WHERE {_same('old')} AND old.is_live;"  # noqa: S608
    f" DELETE FROM tag_count WHERE {_same('old')} AND uses = 0;"
)
_SQLITE = (
    "CREATE TRIGGER todo_tag_live AFTER UPDATE OF deleted_at ON todo"
    " WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN"
    " UPDATE todo_tag SET is_live = new.deleted_at IS NULL WHERE todo_id = new.id; END",
    f"CREATE TRIGGER tag_count_insert AFTER INSERT ON todo_tag BEGIN {_ADD} END",
    f"CREATE TRIGGER tag_count_delete AFTER DELETE ON todo_tag BEGIN {_TAKE} END",
    f"CREATE TRIGGER tag_count_update AFTER UPDATE OF {', '.join(_WATCHED)} ON todo_tag"
    f" WHEN {' OR '.join(f'old.{name} <> new.{name}' for name in _WATCHED)}"
    f" BEGIN {_TAKE} {_ADD} END",
)


def _rows(sign: int, table: str) -> str:
    """Return the select of what a statement added, or took away."""
    return f"SELECT {sign} AS sign, {', '.join(_COUNTED)} FROM {table} WHERE is_live"  # noqa: S608


def _postgresql(name: str, transition: str, rows: str) -> tuple[str, str]:
    """Return the function that runs after a statement, and its trigger."""
    names = ", ".join(_COUNTED)
    return (
        f"CREATE FUNCTION tag_count_{name}() RETURNS trigger LANGUAGE plpgsql AS $$"  # noqa: S608
        " DECLARE delta record; free bigint[]; total bigint; BEGIN"
        f" FOR delta IN SELECT {names}, sum(sign) AS uses FROM ({rows}) AS row"
        f" GROUP BY {names} HAVING sum(sign) <> 0 LOOP"
        " SELECT array_agg(id), coalesce(sum(uses), 0) + delta.uses INTO free, total FROM"
        f" (SELECT id, uses FROM tag_count WHERE {_same('delta')} FOR UPDATE SKIP LOCKED) AS held;"
        " IF total = 0 OR cardinality(free) > 1 THEN"
        " DELETE FROM tag_count WHERE id = ANY (free); END IF;"
        " IF total <> 0 AND cardinality(free) = 1 THEN"
        " UPDATE tag_count SET uses = total WHERE id = free[1]; ELSIF total <> 0 THEN"
        f" INSERT INTO tag_count ({names}, uses)"
        f" VALUES ({', '.join(f'delta.{one}' for one in _COUNTED)}, total); END IF;"
        " END LOOP; RETURN NULL; END $$",
        f"CREATE TRIGGER tag_count_{name} AFTER {name.upper()} ON todo_tag REFERENCING {transition}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION tag_count_{name}()",
    )


_FRESH, _STALE = _rows(1, "fresh"), _rows(-1, "stale")
_POSTGRESQL = (
    "CREATE FUNCTION todo_tag_live() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " UPDATE todo_tag SET is_live = NEW.deleted_at IS NULL WHERE todo_id = NEW.id;"
    " RETURN NULL; END $$",
    "CREATE TRIGGER todo_tag_live AFTER UPDATE OF deleted_at ON todo FOR EACH ROW"
    " WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))"
    " EXECUTE FUNCTION todo_tag_live()",
    *_postgresql("insert", "NEW TABLE AS fresh", _FRESH),
    *_postgresql("delete", "OLD TABLE AS stale", _STALE),
    *_postgresql("update", "OLD TABLE AS stale NEW TABLE AS fresh", f"{_FRESH} UNION ALL {_STALE}"),
)
_FUNCTIONS = ("todo_tag_live", "tag_count_insert", "tag_count_delete", "tag_count_update")
_POSTGRESQL_DROP = tuple(f"DROP FUNCTION IF EXISTS {name}()" for name in _FUNCTIONS)

attach("sqlite", _SQLITE, "after_create")
attach("postgresql", _POSTGRESQL, "after_create")
attach("postgresql", _POSTGRESQL_DROP, "after_drop")
