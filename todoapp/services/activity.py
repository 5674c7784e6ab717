"""The change log for people to read: newest first, filtered, with the names of things."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, literal, select, tuple_, union_all

from todoapp.db import reader
from todoapp.limits import OPERATION_COUNT_MAX, PAGE_SIZE_DEFAULT, Action, Noun
from todoapp.models import ApiKey, Change, Job, Todo, TodoList, User, View
from todoapp.schemas import spreadsheet
from todoapp.schemas.activity import FIELDS, csv_lines
from todoapp.services import change_rows, change_search, undo, view_rows
from todoapp.services.access import Actor, refuse_filtered, visible_lists, writable_lists
from todoapp.services.change_rows import Shown

#: How many changes of a file are read at once.
CHUNK = 500

_Ids = Iterable[int]
#: A kind of thing, and an id.
_Names = Mapping[tuple[str, int], str]


def page(
    actor: Actor, query: Mapping[str, Any], before: int | None
) -> tuple[Shown, tuple[int] | None]:
    """Return the changes that `query` (schemas.activity.ActivityQuery) selects, newest first.

    Each is as history shows it, and has the `name` of the thing and the `list_name` (None: gone,
    or no longer the actor's to see), `operation_changes`, how many of the changes that the same
    call made the actor sees, counted to OPERATION_COUNT_MAX, and `can_undo`. With them comes
    where the next page begins. Raises Forbidden for a key that is limited to some todos.
    """
    refuse_filtered(actor)
    size = query["page_size"]
    ids = change_search.newest(actor, query, before, size + 1)
    statement = change_rows.rows().where(Change.id.in_(ids)).order_by(Change.id.desc())
    found = list(reader().execute(statement))
    some = found[:size]
    return _told(actor, some), (some[-1].id,) if len(found) > size else None


def since(actor: Actor, change_id: int, things: Sequence[Mapping[str, Any]]) -> Shown:
    """Return, as `page` does, the newest of what other calls did to `things` after a change.

    A thing has its `noun` and its `id`. At most PAGE_SIZE_DEFAULT changes are told.
    """
    keys = [(thing["noun"], thing["id"]) for thing in things]
    own = select(Change.operation_id).where(Change.id == change_id).scalar_subquery()
    later = change_rows.rows().where(
        tuple_(Change.noun, Change.noun_id).in_(keys),
        Change.id > change_id,
        Change.operation_id != own,
        change_rows.seen_by(actor),
    )
    newest = later.order_by(Change.id.desc()).limit(PAGE_SIZE_DEFAULT)
    return _told(actor, list(reader().execute(newest)))


def export(actor: Actor, query: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the file of all that `query` (ActivityFileQuery) selects, as CSV, part by part.

    Each part is a page, read whole before any of it is sent.
    """
    part = spreadsheet.head(FIELDS)
    place: tuple[int] | None = None
    while True:
        changes, place = page(actor, {**query, "page_size": CHUNK}, place and place[0])
        yield part + csv_lines(changes)
        if place is None:
            return
        part = b""


def _told(actor: Actor, rows: Sequence[Row[Any]]) -> Shown:
    names, counts = _names(actor, rows), _counts(actor, rows)
    list_ids = {row.list_id for row in rows}
    lists = _some(writable_lists(actor), list_ids).add_columns(TodoList.inbox_of)
    writable = dict(reader().execute(lists).tuples().all())
    told = []
    for row, change in zip(rows, change_rows.shown(actor, rows), strict=True):
        name = names.get((row.noun, row.noun_id))
        can_undo = row.list_id in writable and name is not None and undo.is_undoable(row)
        if row.noun == Noun.LIST and row.action == Action.CREATE:
            can_undo = can_undo and writable[row.list_id] is None  # an Inbox stays
        change |= {"name": name, "list_name": names.get((Noun.LIST, row.list_id))}
        change |= {"operation_changes": counts[row.operation_id], "can_undo": can_undo}
        told.append(change)
    return told


def _some(lists: Select[tuple[int]], ids: _Ids) -> Select[tuple[int]]:
    return select(TodoList.id).where(TodoList.id.in_(ids), TodoList.id.in_(lists))


def _names(actor: Actor, rows: Sequence[Row[Any]]) -> _Names:
    """Return the names of the things and their lists, as far as the actor sees these today.

    It takes one statement. People and keys are named in no change but to those who know them.
    """
    ids: dict[str, set[int]] = {noun: set() for noun in Noun}
    for row in rows:
        ids[row.noun].add(row.noun_id)
        ids[Noun.LIST] |= {row.list_id} - {None}
    views = view_rows.rows(actor).with_only_columns(View.id, View.name)
    parts = {
        Noun.TODO: select(Todo.id, Todo.title).where(Todo.list_id.in_(visible_lists(actor))),
        Noun.LIST: select(TodoList.id, TodoList.name).where(TodoList.id.in_(visible_lists(actor))),
        Noun.USER: select(User.id, User.username),
        Noun.API_KEY: select(ApiKey.id, ApiKey.name),
        Noun.VIEW: views,
        Noun.JOB: select(Job.id, Job.kind),
    }
    named = [
        part.where(part.selected_columns[0].in_(ids[noun])).add_columns(literal(str(noun)))
        for noun, part in parts.items()
    ]
    return {(noun, id_): name for id_, name, noun in reader().execute(union_all(*named))}


def _counts(actor: Actor, rows: Sequence[Row[Any]]) -> Mapping[str, int]:
    """Return how many of the first changes of each operation the actor sees."""
    ids = [row.id for row in rows]
    operation = select(Change.operation_id).where(Change.id.in_(ids)).distinct().subquery()
    other = Change.__table__.alias("other")
    first = (
        select(other.c.id)
        .where(other.c.operation_id == operation.c.operation_id)
        .order_by(other.c.id)
        .limit(OPERATION_COUNT_MAX)
        .correlate(operation)
    )
    seen = select(func.count()).where(Change.id.in_(first), change_rows.seen_by(actor))
    counted = select(operation.c.operation_id, seen.correlate(operation).scalar_subquery())
    return dict(reader().execute(counted).tuples().all())
