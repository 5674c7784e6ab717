"""Subtasks: a todo with all that hangs below it, and the shape that the tree must keep."""

from sqlalchemy import CTE, Select, func, literal, select

from todoapp.db import BigId, db
from todoapp.errors import Invalid
from todoapp.limits import DEPTH_MAX
from todoapp.models import Todo, TodoList
from todoapp.services import row_scopes
from todoapp.services.access import Actor


def subtree(todo_id: int, *, live_only: bool = False) -> Select[tuple[int]]:
    """Return the select of the ids of the todo and of everything below it."""
    return select(_tree(todo_id, live_only=live_only).c.id)


def height(todo_id: int) -> int:
    """Return how many levels the todo's tree has, its own being one."""
    return db.session.scalars(select(func.max(_tree(todo_id).c.depth))).one() or 1


def _tree(todo_id: int, *, live_only: bool = False) -> CTE:
    root = select(literal(todo_id, BigId).label("id"), literal(1).label("depth"))
    tree = root.cte("tree", recursive=True)
    below = select(Todo.id, tree.c.depth + 1).join(tree, Todo.parent_id == tree.c.id)
    if live_only:
        below = below.where(Todo.deleted_at.is_(None))
    return tree.union_all(below)


def ancestors(todo_id: int) -> list[int]:
    """Return the ids from the todo up to its root, the todo's own first."""
    line = select(Todo.id, Todo.parent_id).where(Todo.id == todo_id).cte("line", recursive=True)
    above = select(Todo.id, Todo.parent_id).join(line, Todo.id == line.c.parent_id)
    return list(db.session.scalars(select(line.union_all(above).c.id)))


def lock(list_id: int) -> None:
    """Let nobody else change the tree of this list until the commit.

    Two moves at once, each fine by itself, could otherwise close a circle.
    """
    db.session.execute(select(TodoList.id).where(TodoList.id == list_id).with_for_update())


def check_parent(actor: Actor, parent_id: int, *, list_id: int, todo_id: int | None) -> None:
    """Raise Invalid unless `parent_id` can be the parent of the todo (None: a new one).

    A parent is a todo of the same list, not in the trash, not below the todo itself, and not so
    deep that the tree would pass its limit; and the filter of the actor's key selects it.
    """
    parent = db.session.get(Todo, parent_id, populate_existing=True)
    if parent is None or parent.list_id != list_id or not row_scopes.covers(actor, parent_id):
        raise _refusal("unknown", f"No such todo in list {list_id}.")
    if parent.deleted_at is not None:
        raise _refusal("trashed", "Is in the trash.")
    line = ancestors(parent_id)
    if todo_id in line:
        raise _refusal("cycle", "Is the todo itself or below it.")
    below = 1 if todo_id is None else height(todo_id)
    if len(line) + below > DEPTH_MAX:
        raise _refusal("too_deep", f"Would make the tree deeper than {DEPTH_MAX} levels.")


def _refusal(code: str, detail: str) -> Invalid:
    return Invalid.field("parent_id", code, detail)
