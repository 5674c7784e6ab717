"""Creating and changing todos. Bodies are those of the API; the admin's forms send the same."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from todoapp.db import db
from todoapp.errors import Conflict, together
from todoapp.limits import Action, Noun, Status
from todoapp.models import Todo, TodoTag
from todoapp.schemas.todo import TodoCreate, TodoPatch, TodoPut
from todoapp.schemas.todo_out import todo_dict
from todoapp.services import changes, row_scopes, todo_rows, todo_tree
from todoapp.services.access import Actor, Permission
from todoapp.services.preconditions import Precondition
from todoapp.services.todo_access import todo_for
from todoapp.services.todo_drafts import Drafts
from todoapp.services.todo_places import find_place, move, next_position
from todoapp.services.todo_values import (
    DEFAULTS,
    columns,
    facts,
    progress,
    tag_columns,
    wanted_status,
)

Body = Mapping[str, Any]


def create(actor: Actor, body: Body, *, at: datetime) -> int:
    """Add the todo that `body` (schemas.todo.TodoCreate) describes and return its id.

    Raises Invalid with everything that is wrong, Forbidden where the actor may only look, and
    Conflict when the list has a todo with the same `uid`.
    """
    drafts = Drafts(actor, at=at)
    drafts.put(TodoCreate.parse(body))
    return drafts.add()[0]


def patch(
    actor: Actor, todo_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change what `body` (schemas.todo.TodoPatch) names; what it does not name stays.

    Raises NotFound, Forbidden, Stale, Conflict for a todo in the trash, and Invalid, in this
    order. A body that changes nothing leaves no trace.
    """
    todo = _changeable(actor, todo_id, body, precondition)
    _change(actor, todo, TodoPatch.parse(body), unset_status=todo.status, at=at)


def update(
    actor: Actor,
    todo_id: int,
    wanted: dict[str, Any],
    precondition: Precondition,
    *,
    at: datetime,
) -> None:
    """Change the todo as `patch` does, by values that were checked before."""
    todo = _changeable(actor, todo_id, wanted, precondition)
    _change(actor, todo, wanted, unset_status=todo.status, at=at)


def replace(
    actor: Actor, todo_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change the todo to what `body` (schemas.todo.TodoPut) says, the rest to its defaults.

    `list_id`, `position` and `uid` stay when omitted. Raises as `patch` does.
    """
    todo = _changeable(actor, todo_id, body, precondition)
    wanted = DEFAULTS | TodoPut.parse(body)
    _change(actor, todo, wanted, unset_status=Status.PENDING, at=at)


def _changeable(actor: Actor, todo_id: int, body: Body, precondition: Precondition) -> Todo:
    todo = todo_for(actor, todo_id, Permission.WRITE)
    check_precondition(actor, todo, precondition, body)
    if todo.deleted_at is not None:
        raise Conflict("The todo is in the trash: restore it first.", code="in-trash")
    return todo


def check_precondition(actor: Actor, todo: Todo, precondition: Precondition, body: Body) -> None:
    """Raise Stale, with the todo as it stands, if the caller has seen another version of it."""
    precondition.check(
        todo.version, body, lambda: partial(todo_dict, todo_rows.read(actor, todo.id))
    )


def _change(
    actor: Actor, todo: Todo, wanted: dict[str, Any], *, unset_status: str, at: datetime
) -> None:
    before = facts_of(todo)
    status, place = together(
        lambda: wanted_status(todo.status, wanted, unset=unset_status),
        lambda: find_place(actor, wanted, todo),
    )
    if "position" in wanted:
        asked = wanted["position"]
        todo.position = next_position(place.list_id) if asked is None else asked
    entries = move(actor, todo, place, at=at) if place.list_id != todo.list_id else []
    todo.parent_id, todo.assigned_to_id = place.parent_id, place.assigned_to_id
    for name, value in (columns(wanted, todo) | progress(status, todo.completed_at, at=at)).items():
        setattr(todo, name, value)
    if "tags" in wanted:
        _set_tags(todo, wanted["tags"] or [])
    db.session.expire(todo, ["assignee"])  # it follows assigned_to_id only when loaded anew
    _finish(actor, todo, changes.diff(before, facts_of(todo)), entries, at=at)


def _set_tags(todo: Todo, names: list[str]) -> None:
    if todo.tag_rows:
        if names == [tag.name for tag in todo.tag_rows]:
            return
        todo.tag_rows = []
        db.session.flush()  # else two tags that change places would collide half-way
    todo.tag_rows = [TodoTag(**tag) for tag in tag_columns(names, todo.created_at)]


def facts_of(todo: Todo) -> dict[str, Any]:
    """Return what the change log keeps of a todo, named and written as the API does."""
    assigned_to = todo.assignee.username if todo.assignee else None
    return facts(todo, tags=[tag.name for tag in todo.tag_rows], assigned_to=assigned_to)


def _finish(
    actor: Actor, todo: Todo, diff: changes.Diff, moves: list[changes.Entry], *, at: datetime
) -> None:
    """Count and record the change, if it was one; a move is recorded where it went to."""
    if not diff:
        return
    todo.version += 1
    todo.updated_at = at
    db.session.flush()
    action = Action.ENTER if moves else Action.UPDATE
    changed = changes.Entry(Noun.TODO, todo.id, action, todo.list_id, diff)
    changes.record(actor, [*moves, changed], at=at)
    tree = todo_tree.subtree(todo.id)
    row_scopes.require(actor, Todo.id.in_(tree) if moves else Todo.id == todo.id)
