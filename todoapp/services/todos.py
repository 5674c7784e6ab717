"""Creating and changing todos. Bodies are those of the API; the admin's forms send the same."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from todoapp.errors import Conflict, Invalid
from todoapp.limits import Status
from todoapp.models import Todo
from todoapp.schemas.todo import TodoCreate, TodoPatch, TodoPut
from todoapp.schemas.todo_out import TodoRow, todo_dict
from todoapp.services import todo_rows
from todoapp.services.access import Actor, Permission
from todoapp.services.preconditions import Precondition
from todoapp.services.todo_access import todo_for
from todoapp.services.todo_drafts import Drafts
from todoapp.services.todo_edits import Edit, Unfit
from todoapp.services.todo_values import DEFAULTS
from todoapp.services.todo_writes import change_all

Body = Mapping[str, Any]


def create(actor: Actor, body: Body, *, at: datetime, whole: bool = False) -> TodoRow:
    """Add the todo that `body` (schemas.todo.TodoCreate) describes and return its row.

    `whole`: it is all that the unit of work writes, so that it may be committed here.
    Raises Invalid with everything that is wrong, Forbidden where the actor may only look, and
    Conflict when the list has a todo with the same `uid`.
    """
    drafts = Drafts(actor, at=at, alone=True)
    drafts.put(TodoCreate.parse(body))
    return drafts.add(whole=whole)[0]


def patch(
    actor: Actor, todo_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change what `body` (schemas.todo.TodoPatch) names; what it does not name stays.

    Raises NotFound, Forbidden, Stale, Conflict for a todo in the trash, and Invalid, in this
    order. A body that changes nothing leaves no trace.
    """
    todo = _changeable(actor, todo_id, body, precondition)
    change_all(actor, [Edit(todo, TodoPatch.parse(body))], at=at)


def patch_all(actor: Actor, bodies: Iterable[tuple[Todo, Body]], *, at: datetime) -> None:
    """Change each of these todos as `patch` does, which are locked and which the actor may change.

    Raises Unfit for the first that something is wrong with.
    """
    edits: list[Edit] = []
    for todo, body in bodies:
        _refuse_trashed(todo)
        try:
            edits.append(Edit(todo, TodoPatch.parse(body)))
        except Invalid as error:
            raise Unfit(todo.id, error.errors) from None
    change_all(actor, edits, at=at)


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
    change_all(actor, [Edit(todo, wanted)], at=at)


def replace(
    actor: Actor, todo_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change the todo to what `body` (schemas.todo.TodoPut) says, the rest to its defaults.

    `list_id`, `position` and `uid` stay when omitted. Raises as `patch` does.
    """
    todo = _changeable(actor, todo_id, body, precondition)
    wanted = DEFAULTS | TodoPut.parse(body)
    change_all(actor, [Edit(todo, wanted, unset_status=Status.PENDING)], at=at)


def _changeable(actor: Actor, todo_id: int, body: Body, precondition: Precondition) -> Todo:
    todo = todo_for(actor, todo_id, Permission.WRITE)
    check_precondition(actor, todo, precondition, body)
    _refuse_trashed(todo)
    return todo


def _refuse_trashed(todo: Todo) -> None:
    if todo.deleted_at is not None:
        raise Conflict("The todo is in the trash: restore it first.", code="in-trash")


def check_precondition(actor: Actor, todo: Todo, precondition: Precondition, body: Body) -> None:
    """Raise Stale, with the todo as it stands, if the caller has seen another version of it."""
    precondition.check(
        todo.version, body, lambda: partial(todo_dict, todo_rows.read(actor, todo.id))
    )
