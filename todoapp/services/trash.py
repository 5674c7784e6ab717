"""Deleting todos: into the trash and back, or for good.

Everything here is done by sets: a subtree, or what one operation trashed, may be large.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import aliased

from todoapp.db import current_unit, db
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
    todo_tree.lock(todo.list_id)  # else a subtask that is just being added would stay outside
    trash_all(actor, Todo.id.in_(todo_tree.subtree(todo.id, live_only=True)), at=at)


def trash_all(actor: Actor | None, which: Which, *, at: datetime) -> None:
    """Put these todos into the trash, as one operation; the caller has asked whether it may."""
    operation_id = current_unit().operation_id
    _mark(actor, which, Action.TRASH, deleted_at=at, trashed_by=operation_id, at=at)


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
    todo_tree.lock(todo.list_id)  # else its parent could go into the trash meanwhile
    together = (Todo.trashed_by == todo.trashed_by) & Todo.list_id.in_(writable_lists(actor))
    restore_all(actor, together, todo.trashed_by, at=at)


def restore_all(actor: Actor, which: Which, operation_id: str, *, at: datetime) -> None:
    """Bring back these todos, which the operation has trashed; the caller has asked whether it may.

    Raises Conflict when a list, or a parent trashed by another operation, is still in the trash.
    """
    _refuse_under_trash(which, operation_id)
    _mark(actor, which, Action.RESTORE, deleted_at=None, trashed_by=None, at=at)


def purge(actor: Actor, todo_id: int, precondition: Precondition, *, at: datetime) -> None:
    """Delete the todo, with all below it, for good; of its history only that it was remains.

    Raises NotFound, Forbidden, Stale.
    """
    todo = todo_for(actor, todo_id, Permission.WRITE)
    check_precondition(actor, todo, precondition, {})
    list_id, tree = todo.list_id, todo_tree.subtree(todo.id)
    row_scopes.require(actor, Todo.id.in_(tree))
    ids = sorted(db.session.scalars(tree))
    db.session.expunge(todo)
    db.session.execute(
        delete(Todo).where(Todo.id.in_(tree)).execution_options(synchronize_session=False)
    )
    changes.erase(Noun.TODO, ids)
    entries = [changes.Entry(Noun.TODO, id_, Action.PURGE, list_id) for id_ in ids]
    changes.record(actor, entries, at=at)


def _refuse_under_trash(which: Which, operation_id: str) -> None:
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
        .where(which, parent.deleted_at.is_not(None), parent.trashed_by != operation_id)
    )
    if trashed_parent is not None:
        raise Conflict(
            f"Its parent, todo {trashed_parent}, is in the trash: restore that first.",
            code="in-trash",
            todo_id=trashed_parent,
        )


def _mark(
    actor: Actor | None,
    which: Which,
    action: Action,
    *,
    deleted_at: datetime | None,
    trashed_by: str | None,
    at: datetime,
) -> None:
    row_scopes.require(actor, which)
    marks = {"deleted_at": deleted_at, "trashed_by": trashed_by, "updated_at": at}
    statement = (
        update(Todo)
        .where(which)
        .values(version=Todo.version + 1, **marks)
        .returning(Todo.id, Todo.list_id)
        .execution_options(synchronize_session=False)
    )
    marked = sorted(db.session.execute(statement).all())
    entries = [changes.Entry(Noun.TODO, row.id, action, row.list_id) for row in marked]
    changes.record(actor, entries, at=at)
    row_scopes.require_ids(actor, [row.id for row in marked])
