"""Pages of todos by keyset.

A page costs the same wherever it is, and rows that are inserted meanwhile make neither gaps nor
repeats.

A page takes the first few of each visible list, each by an index that begins with the list, and
merges them. PostgreSQL does it with LATERAL. SQLite does it by itself for a plain IN, stopping
early in each list, but only if it is told the index: it would rather take a shorter one and sort.
Null sorts last both ways: first comes a phase of what has a value, then one of what has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
)

from todoapp.db import reader
from todoapp.limits import COUNT_MAX
from todoapp.models import Membership, Todo
from todoapp.services import todo_rows
from todoapp.services.access import Actor
from todoapp.services.filters import Bound, candidate, condition, select_by


class Cursor(NamedTuple):
    """Where a page ended: the phase (0: has a value, 1: null), the value and the id of its last."""

    phase: int
    key: Any
    id: int


@dataclass(frozen=True)
class Page:
    """Some todos, in order."""

    rows: list[Row[Any]]
    #: Where the next page begins; None: there is none.
    next: Cursor | None
    #: How many there are in all, to COUNT_MAX; None: not asked for.
    total: int | None
    #: There are more than COUNT_MAX.
    capped: bool = False


@dataclass(frozen=True)
class Shape:
    """All that fixes the SQL of a page."""

    dialect: str
    variants: tuple[str, ...]
    sort: str
    descending: bool
    phase: int
    continues: bool


_KEYS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_date": "due_key",
    "priority": "priority",
    "title": "title_key",
    "position": "position",
    "completed_at": "completed_at",
    "id": "id",
}
#: The indexes that begin with the list and go on with what is sorted by.
INDEXES = {
    "created_at": "ix_todo_list_created",
    "updated_at": "ix_todo_list_updated",
    "due_date": "ix_todo_list_due",
    "position": "ix_todo_list_position",
    "id": "ix_todo_list_id_id",
}
_NULLABLE = ("due_date", "completed_at")
INSTANTS = ("created_at", "updated_at", "due_date", "completed_at")


def page(actor: Actor, query: Mapping[str, Any], cursor: Cursor | None, *, now: datetime) -> Page:
    """Return the todos that `query` (schemas.todo.TodoQuery) asks for, from `cursor` on."""
    variants, bound = select_by(query, actor, now)
    bound["actor_id"] = actor.user_id
    size: int = query["page_size"]
    connection = reader()
    rows, phase = _rows(connection, query["sort"], variants, bound, cursor, size + 1)
    total = _count(connection, variants, bound) if query["count"] else None
    last = (
        Cursor(phase[size - 1], rows[size - 1][-1], rows[size - 1][0]) if len(rows) > size else None
    )
    capped = total is not None and total > COUNT_MAX
    return Page(rows[:size], last, COUNT_MAX if capped else total, capped)


def _rows(
    connection: Connection,
    sort: str,
    variants: tuple[str, ...],
    bound: Bound,
    cursor: Cursor | None,
    limit: int,
) -> tuple[list[Row[Any]], list[int]]:
    """Return up to `limit` rows, and the phase of each."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    rows: list[Row[Any]] = []
    phases: list[int] = []
    for phase in range(cursor.phase if cursor else 0, 2 if name in _NULLABLE else 1):
        here = cursor if cursor and cursor.phase == phase else None
        shape = Shape(connection.dialect.name, variants, name, descending, phase, here is not None)
        place = {"after_key": here.key, "after_id": here.id} if here else {}
        found = connection.execute(
            _statement(shape), {**bound, **place, "limit": limit - len(rows)}
        ).all()
        rows += found
        phases += [phase] * len(found)
        if len(rows) == limit:
            break
    return rows, phases


def _count(connection: Connection, variants: tuple[str, ...], bound: Bound) -> int:
    return connection.execute(_count_statement(variants), bound).scalar_one()


@lru_cache(maxsize=256)
def _count_statement(variants: tuple[str, ...]) -> Select[tuple[int]]:
    some = (
        select(literal(1))
        .select_from(candidate)
        .join(Membership, Membership.list_id == candidate.c.list_id)
        .where(Membership.user_id == bindparam("actor_id"))
        .where(*(condition(variant) for variant in variants))
        .limit(COUNT_MAX + 1)
    )
    return select(func.count()).select_from(some.subquery())


@lru_cache(maxsize=1024)
def _statement(shape: Shape) -> Select[Any]:
    """Return the select of one phase: the columns of `TodoRow`, then the key it is sorted by."""
    found = _merged(shape).subquery("page")
    key = todo_rows.plain(found.c.key, shape.dialect) if shape.sort in INSTANTS else found.c.key
    statement = select(*todo_rows.columns(shape.dialect), key).join(found, found.c.id == Todo.id)
    return todo_rows.with_names(statement).order_by(*_order(found.c.key, found.c.id, shape))


def _merged(shape: Shape) -> Select[Any]:
    """Return the ids and keys of the page, from the first few of every visible list."""
    if shape.dialect == "postgresql":
        return _merged_laterally(shape)
    mine = select(Membership.list_id).where(Membership.user_id == bindparam("actor_id"))
    found = _first_few(shape).where(candidate.c.list_id.in_(mine))
    index = INDEXES.get(shape.sort)
    return found.with_hint(candidate, index, "sqlite") if index and _is_broad(shape) else found


def _merged_laterally(shape: Shape) -> Select[Any]:
    top = _first_few(shape).where(candidate.c.list_id == Membership.list_id)
    page = top.correlate(Membership).lateral("top")
    merged = select(page.c.id, page.c.key).select_from(Membership).join(page, true())
    merged = merged.where(Membership.user_id == bindparam("actor_id"))
    if "list" in shape.variants:
        merged = merged.where(Membership.list_id == bindparam("list_id"))
    return merged.order_by(*_order(page.c.key, page.c.id, shape)).limit(bindparam("limit"))


def _first_few(shape: Shape) -> Select[Any]:
    return (
        select(candidate.c.id, _key(shape).label("key"))
        .where(*(condition(variant) for variant in shape.variants), *_place(shape))
        .order_by(*_order(_key(shape), candidate.c.id, shape))
        .limit(bindparam("limit"))
    )


def _is_broad(shape: Shape) -> bool:
    """Tell whether no filter is so narrow that its own index beats that of the sort."""
    return "child" not in shape.variants


def _key(shape: Shape) -> Any:
    return candidate.c[_KEYS[shape.sort]]


def _order(key: Any, id_: Any, shape: Shape) -> list[ColumnElement[Any]]:
    columns = [id_] if shape.sort == "id" or shape.phase == 1 else [key, id_]
    return [column.desc() if shape.descending else column.asc() for column in columns]


def _place(shape: Shape) -> list[ColumnElement[bool]]:
    """Return the conditions of the phase, and that the page before is over."""
    key = _key(shape)
    conditions = []
    if shape.sort in _NULLABLE:
        conditions.append(key.is_(None) if shape.phase else key.is_not(None))
    if shape.continues:
        after_id = bindparam("after_id", type_=candidate.c.id.type)
        row: Any = candidate.c.id
        after: Any = after_id
        if shape.sort != "id" and shape.phase == 0:
            row = tuple_(key, candidate.c.id)
            after = tuple_(bindparam("after_key", type_=key.type), after_id)
        conditions.append(row < after if shape.descending else row > after)
    return conditions
