"""Subtasks: todos with all that hangs below them, and the shape that the tree must keep."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import CTE, ColumnElement, Select, select

from todoapp.db import db, portions
from todoapp.errors import FieldError
from todoapp.limits import DEPTH_MAX
from todoapp.models import Todo, TodoList
from todoapp.services import row_scopes
from todoapp.services.access import Actor

#: The parent of each todo, as far as it is known; None, as a todo: one that is not there yet.
Parents = Mapping[int | None, int | None]


def subtree(todo_ids: Collection[int], *, live_only: bool = False) -> Select[tuple[int]]:
    """Return the select of the ids of the todos and of everything below them."""
    tree = select(Todo.id).where(Todo.id.in_(todo_ids)).cte("tree", recursive=True)
    below = select(Todo.id).join(tree, Todo.parent_id == tree.c.id)
    if live_only:
        below = below.where(Todo.deleted_at.is_(None))
    return select(tree.union(below).c.id)


def with_below(todo_ids: Collection[int], *, live_only: bool = False) -> list[int]:
    """Return the ids of the todos and of everything below them, in order."""
    found: set[int] = set()
    for some in portions(todo_ids):
        found.update(db.session.scalars(subtree(some, live_only=live_only)))
    return sorted(found)


def trashed_together(todo_ids: Collection[int]) -> list[int]:
    """Return the ids of the todos, with all above and below that one operation has trashed."""
    columns = (Todo.id, Todo.parent_id, Todo.trashed_by)
    found: set[int] = set()
    for some in portions(todo_ids):
        for is_next in (_is_above, _is_below):
            line = select(*columns).where(Todo.id.in_(some)).cte("line", recursive=True)
            further = select(*columns).join(
                line, is_next(line) & (Todo.trashed_by == line.c.trashed_by)
            )
            found.update(db.session.scalars(select(line.union(further).c.id)))
    return sorted(found)


def _is_above(line: CTE) -> ColumnElement[bool]:
    return Todo.id == line.c.parent_id


def _is_below(line: CTE) -> ColumnElement[bool]:
    return Todo.parent_id == line.c.id


def lock(list_ids: Iterable[int]) -> None:
    """Let nobody else change the trees of these lists until the commit.

    Two moves at once, each fine by itself, could otherwise close a circle. They are locked in the
    order of their ids, lest two that take several wait for each other.
    """
    for some in portions(sorted(set(list_ids))):
        ids = select(TodoList.id).where(TodoList.id.in_(some)).order_by(TodoList.id)
        db.session.execute(ids.with_for_update())


def refused_parents(
    actor: Actor, parents: Mapping[int | None, int], lists: Mapping[int | None, int]
) -> dict[int | None, FieldError]:
    """Return what is wrong with the new parents, by todo (None: one that is not there yet).

    A parent is a todo of the same list, not in the trash, not below the todo itself, and not so
    deep that the tree would pass its limit; and the filter of the actor's key selects it. `lists`
    says where the todos will be; it has all that move in the same call.
    """
    refused = dict(_unfit(actor, parents, lists))
    new = {todo_id: id_ for todo_id, id_ in parents.items() if todo_id not in refused}
    tree: dict[int | None, int | None] = {**_tree_around(new), **new}
    for line in (_line(todo_id, tree) for todo_id in tree):
        moved = next((todo_id for todo_id in line if todo_id in new), None)
        if line[0] in line[1:]:
            refused[moved] = _refusal("cycle", "Is the todo itself or below it.")
        elif len(line) > DEPTH_MAX and moved not in refused:
            detail = f"Would make the tree deeper than {DEPTH_MAX} levels."
            refused[moved] = _refusal("too_deep", detail)
    return refused


def _unfit(
    actor: Actor, parents: Mapping[int | None, int], lists: Mapping[int | None, int]
) -> Iterator[tuple[int | None, FieldError]]:
    """Yield what is wrong with the parents themselves, wherever they are in the tree."""
    found = {
        row.id: row
        for some in portions(sorted(set(parents.values())))
        for row in db.session.execute(
            select(Todo.id, Todo.list_id, Todo.deleted_at).where(Todo.id.in_(some))
        )
        if row_scopes.covers(actor, row.id)
    }
    for todo_id, parent_id in parents.items():
        parent, list_id = found.get(parent_id), lists[todo_id]
        if parent is None or lists.get(parent_id, parent.list_id) != list_id:
            yield todo_id, _refusal("unknown", f"No such todo in list {list_id}.")
        elif parent.deleted_at is not None:
            yield todo_id, _refusal("trashed", "Is in the trash.")


def _tree_around(parents: Mapping[int | None, int]) -> dict[int | None, int | None]:
    """Return all above the parents and all below the todos, each with its parent at present."""
    found: dict[int | None, int | None] = {}
    for some in portions(sorted(set(parents.values()))):
        line = select(Todo.id, Todo.parent_id).where(Todo.id.in_(some)).cte("line", recursive=True)
        above = select(Todo.id, Todo.parent_id).join(line, Todo.id == line.c.parent_id)
        found.update(db.session.execute(select(line.union(above))).tuples().all())
    for some in portions(sorted(id_ for id_ in parents if id_ is not None)):
        below = select(Todo.id, Todo.parent_id).where(Todo.id.in_(subtree(some)))
        found.update(db.session.execute(below).tuples().all())
    return found


def _line(todo_id: int | None, tree: Parents) -> list[int | None]:
    """Return the todo and all above it; it ends with what it has already, if it is a circle."""
    line = [todo_id]
    while (above := tree.get(line[-1])) is not None:
        line.append(above)
        if above in line[:-1]:
            break
    return line


def _refusal(code: str, detail: str) -> FieldError:
    return FieldError("/parent_id", code, detail)
