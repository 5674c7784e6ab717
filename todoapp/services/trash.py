"""Deleting todos: into the trash and back, or for good.

Everything here is done by sets: a subtree, or what one operation trashed, may be large.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import aliased

from todoapp.db import current_unit, db, portions
from todoapp.errors import Conflict, NotFound
from todoapp.limits import Action, Noun
from todoapp.models import Todo, TodoList
from todoapp.schemas.query import Precondition as PreconditionBody
from todoapp.services import changes, row_scopes, todo_tree
from todoapp.services.access import Actor, Permission, writable_lists
from todoapp.services.preconditions import Precondition
from todoapp.services.todo_access import todo_for
from todoapp.services.todos import Body, check_precondition

Which = ColumnElement[bool]


def trash(actor: Actor, todo_id: int, precondition: Precondition, *, at: datetime) -> None:
    """Put the todo, with all that hangs below it, into the trash.

    Raises NotFound, also when it is there already; Forbidden; Stale.
    """
    todo = todo_for(actor, todo_id, Permission.WRITE)
    check_precondition(actor, todo, precondition, {})
    if todo.deleted_at is not None:
        raise NotFound("The todo is in the trash already.")
    todo_tree.lock([todo.list_id])  # else a subtask that is just being added would stay outside
    trash_all(actor, Todo.id.in_(todo_tree.subtree([todo.id], live_only=True)), at=at)


def trash_all(actor: Actor | None, *which: Which, at: datetime) -> list[int]:
    """Put these todos into the trash, as one operation, and return their ids.

    The caller has asked whether the actor may.
    """
    marks = {"deleted_at": at, "trashed_by": current_unit().operation_id}
    return [id_ for some in which for id_ in _mark(actor, some, Action.TRASH, marks, at=at)]


def among(ids: Collection[int], *, trashed: bool) -> list[Which]:
    """Return the conditions of those of the todos that are in the trash, or outside of it."""
    are_so = Todo.deleted_at.is_not(None) if trashed else Todo.deleted_at.is_(None)
    return [Todo.id.in_(some) & are_so for some in portions(ids)]


def restore(
    actor: Actor, todo_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Bring the todo back, with all that went into the trash by the same operation.

    Raises NotFound, Forbidden, Stale, Invalid, and Conflict when it is not in the trash, or its
    list or a parent, trashed by another operation, still is.
    """
    todo = todo_for(actor, todo_id, Permission.WRITE)
    check_precondition(actor, todo, precondition, body)
    PreconditionBody.parse(body)
    if todo.trashed_by is None:
        raise Conflict("The todo is not in the trash.", code="not-in-trash")
    todo_tree.lock([todo.list_id])  # else its parent could go into the trash meanwhile
    together = (Todo.trashed_by == todo.trashed_by) & Todo.list_id.in_(writable_lists(actor))
    restore_all(actor, together, at=at)


def restore_all(actor: Actor, *which: Which, at: datetime) -> list[int]:
    """Bring these todos back from the trash, and return their ids.

    The caller has asked whether the actor may. Raises Conflict when the list or the parent of one
    is in the trash and does not come back, too.
    """
    marks = {"deleted_at": None, "trashed_by": None}
    ids = [id_ for some in which for id_ in _mark(actor, some, Action.RESTORE, marks, at=at)]
    for portion in portions(ids):
        _refuse_under_trash(Todo.id.in_(portion))
    return ids


def purge(actor: Actor, todo_id: int, precondition: Precondition, *, at: datetime) -> None:
    """Delete the todo, with all below it, for good; of its history only that it was remains.

    Raises NotFound, Forbidden, Stale.
    """
    todo = todo_for(actor, todo_id, Permission.WRITE)
    check_precondition(actor, todo, precondition, {})
    ids = todo_tree.with_below([todo.id])
    db.session.expunge(todo)
    purge_all(actor, ids, at=at)


def purge_all(actor: Actor | None, ids: Sequence[int], *, at: datetime) -> None:
    """Delete these todos for good; what is below them, and is not among them, lets go of them.

    The caller has asked whether the actor may.
    """
    row_scopes.require_ids(actor, ids)
    entries: list[changes.Entry] = []
    for some in portions(ids):  # children of parents in other portions let go of them
        _run(update(Todo).where(Todo.parent_id.in_(some)).values(parent_id=None))
    for some in portions(ids):
        gone = delete(Todo).where(Todo.id.in_(some)).returning(Todo.id, Todo.list_id)
        rows = sorted(_run(gone).all())
        entries += [changes.Entry(Noun.TODO, row.id, Action.PURGE, row.list_id) for row in rows]
    changes.erase(Noun.TODO, ids)
    changes.record(actor, entries, at=at)


def _refuse_under_trash(which: Which) -> None:
    """A todo outside the trash has its list and its parent outside of it too."""
    parent = aliased(Todo)
    trashed_list = db.session.scalar(
        select(TodoList.id)
        .join(Todo, Todo.list_id == TodoList.id)
        .where(which, TodoList.deleted_at.is_not(None))
    )
    if trashed_list is not None:
        raise Conflict(f"List {trashed_list} is in the trash: restore it first.", code="in-trash")
    trashed_parent = db.session.scalar(
        select(parent.id)
        .join(Todo, Todo.parent_id == parent.id)
        .where(which, parent.deleted_at.is_not(None))
    )
    if trashed_parent is not None:
        raise Conflict(
            f"Its parent, todo {trashed_parent}, is in the trash: restore that first.",
            code="in-trash",
            todo_id=trashed_parent,
        )


def _mark(
    actor: Actor | None, which: Which, action: Action, marks: dict[str, Any], *, at: datetime
) -> list[int]:
    row_scopes.require(actor, which)
    statement = update(Todo).where(which).values(version=Todo.version + 1, updated_at=at, **marks)
    marked = sorted(_run(statement.returning(Todo.id, Todo.list_id)).all())
    entries = [changes.Entry(Noun.TODO, row.id, action, row.list_id) for row in marked]
    changes.record(actor, entries, at=at)
    ids = [row.id for row in marked]
    row_scopes.require_ids(actor, ids)
    return ids


def _run(statement: Any) -> Any:
    """Run a statement on rows that no entity stands for here."""
    return db.session.execute(statement.execution_options(synchronize_session=False))
