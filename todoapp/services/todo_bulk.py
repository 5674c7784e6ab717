"""What is done to many todos at once: in one operation, by as many statements as to few.

All of it happens or nothing does. What is as wanted already is left alone, and so is what has gone
meanwhile: into the trash, out of it, or out of what the query selects.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from todoapp.db import db
from todoapp.errors import Invalid
from todoapp.limits import TAGS_MAX
from todoapp.models import Todo
from todoapp.schemas.todo_bulk import BulkAction
from todoapp.services import todo_access, todo_tree, trash
from todoapp.services.access import Actor
from todoapp.services.todo_edits import Edit
from todoapp.services.todo_places import inbox_of
from todoapp.services.todo_selection import Selection, find, refuse_read_only
from todoapp.services.todo_writes import change_all
from todoapp.text import fold

Body = Mapping[str, Any]
Wanted = dict[str, Any]


def run(actor: Actor, selection: Selection, body: Body, *, at: datetime) -> int:
    """Do what `body` (schemas.todo_bulk) says to what is selected; return how many todos changed.

    Subtasks that go along are counted. Raises Invalid, Conflict `too-many`, Forbidden when some of
    the todos may only be looked at, and what the change of a single todo is refused with.
    """
    wanted = BulkAction.of(body)
    ids = _held(actor, selection, at)
    return len(_DO[wanted["action"]](actor, ids, wanted, at))


def _held(actor: Actor, selection: Selection, at: datetime) -> list[int]:
    """Return the ids of the selected todos, locked, with all that is below them.

    What is selected is asked again once it is locked: only then it is no longer changed by others.
    """
    found = find(actor, selection, now=at)
    todo_access.lock(todo_tree.with_below(found))
    ids = sorted(set(found).intersection(find(actor, selection, now=at)))
    refuse_read_only(actor, ids)
    return ids


def _set(
    wanted_of: Callable[[Todo, Wanted], Wanted],
    actor: Actor,
    ids: Sequence[int],
    body: Wanted,
    at: datetime,
) -> list[int]:
    """Change each todo outside the trash to what is wanted of it."""
    todos = [todo for todo in todo_access.load(ids) if todo.deleted_at is None]
    return change_all(actor, [Edit(todo, wanted_of(todo, body)) for todo in todos], at=at)


def _given(name: str) -> Any:
    """Return the action that sets one field to what the body gives, the same for each todo."""
    return partial(_set, lambda _todo, body: {name: body[name]})


def _tagged(todo: Todo, body: Wanted) -> Wanted:
    keys = {tag.key for tag in todo.tag_rows}
    more = [name for name in body["tags"] if fold(name) not in keys]
    if len(keys) + len(more) > TAGS_MAX:
        detail = f"Todo {todo.id} would have more than {TAGS_MAX} tags."
        raise Invalid.field("tags", "too_many", detail)
    return {"tags": [*(tag.name for tag in todo.tag_rows), *more]}


def _untagged(todo: Todo, body: Wanted) -> Wanted:
    keys = set(map(fold, body["tags"]))
    return {"tags": [tag.name for tag in todo.tag_rows if tag.key not in keys]}


def _move(actor: Actor, ids: Sequence[int], body: Wanted, at: datetime) -> list[int]:
    """Move todos to a list, with all below them; one whose parent stays behind leaves it."""
    asked = body["list_id"]
    list_id = inbox_of(actor.user_id) if asked is None else asked
    todos = [
        todo
        for todo in todo_access.load(ids)
        if todo.deleted_at is None and todo.list_id != list_id
    ]
    going = {None, *todo_tree.with_below([todo.id for todo in todos])}
    edits = [
        Edit(todo, {"list_id": list_id} | ({} if todo.parent_id in going else {"parent_id": None}))
        for todo in todos
    ]
    return change_all(actor, edits, at=at)


def _trash(actor: Actor, ids: Sequence[int], _body: Wanted, at: datetime) -> list[int]:
    tree = todo_tree.with_below(_those(ids, trashed=False), live_only=True)
    return trash.trash_all(actor, *trash.among(tree, trashed=False), at=at)


def _restore(actor: Actor, ids: Sequence[int], _body: Wanted, at: datetime) -> list[int]:
    """Bring todos back, with what of the same operation is above and below them."""
    trees = todo_tree.trashed_together(_those(ids, trashed=True))
    return trash.restore_all(actor, *trash.among(trees, trashed=True), at=at)


def _purge(actor: Actor, ids: Sequence[int], _body: Wanted, at: datetime) -> list[int]:
    """Delete todos that are in the trash for good, with all below them."""
    tree = todo_tree.with_below(_those(ids, trashed=True))
    trash.purge_all(actor, tree, at=at)
    return tree


def _those(ids: Sequence[int], *, trashed: bool) -> list[int]:
    """Return those that are in the trash, or outside of it; the trees of their lists are locked."""
    rows = [
        row
        for which in trash.among(ids, trashed=trashed)
        for row in db.session.execute(select(Todo.id, Todo.list_id).where(which))
    ]
    todo_tree.lock(row.list_id for row in rows)
    return [row.id for row in rows]


_DO: dict[str, Callable[[Actor, Sequence[int], Wanted, datetime], list[int]]] = {
    "complete": partial(_set, lambda *_: {"completed": True}),
    "reopen": partial(_set, lambda *_: {"completed": False}),
    "status": _given("status"),
    "move": _move,
    "tag": partial(_set, _tagged),
    "untag": partial(_set, _untagged),
    "priority": _given("priority"),
    "assign": _given("assigned_to"),
    "due": _given("due_date"),
    "trash": _trash,
    "restore": _restore,
    "purge": _purge,
}
