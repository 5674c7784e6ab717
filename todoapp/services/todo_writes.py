"""Changing todos that are there: one, or many by as many statements.

What is wanted of them is checked by `todo_edits`; here it is written, counted and recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from sqlalchemy import CTE, column, delete, insert, update, values

from todoapp.db import db, portions, writer
from todoapp.limits import Action, Noun
from todoapp.models import Todo, TodoTag
from todoapp.services import changes, row_scopes
from todoapp.services.access import Actor
from todoapp.services.todo_edits import Edit, settle
from todoapp.services.todo_places import next_position
from todoapp.services.todo_values import TOLD, columns, facts, progress, tag_columns

_TODOS: Any = Todo.__table__
_TAGS: Any = TodoTag.__table__
#: Without what ties a todo to others of its list.
_LOOSE: dict[str, int | None] = {"parent_id": None, "assigned_to_id": None}
#: SQLAlchemy inserts many rows by one statement where it gets something back.
_INSERT_TAGS = insert(_TAGS).returning(_TAGS.c.todo_id)


def change_all(actor: Actor, edits: Sequence[Edit], *, at: datetime) -> list[int]:
    """Change the todos as wanted; return the ids of those that changed, subtasks included.

    The caller has locked them and asked whether the actor may. What is as wanted already is left
    alone. Raises as `todo_edits.settle` does, and Forbidden when the filter of the actor's key does
    not select all of them afterwards.
    """
    every = [_Change(edit, at=at) for edit in settle(actor, edits)]
    changed = [change for change in every if change.diff]
    _write(changed, at=at)
    leaves = [change.leave for change in changed if change.edit.moves]
    changes.record(actor, [*leaves, *(change.entry for change in changed)], at=at)
    ids = [change.todo.id for change in changed]
    db.session.expire_all()  # they were written without their entities
    row_scopes.require_ids(actor, ids)
    return ids


def facts_of(todo: Todo) -> dict[str, Any]:
    """Return what the change log keeps of a todo, named and written as the API does."""
    assigned_to = todo.assignee.username if todo.assignee else None
    return facts(todo, tags=[tag.name for tag in todo.tag_rows], assigned_to=assigned_to)


class _Change:
    """What becomes of one todo."""

    def __init__(self, edit: Edit, *, at: datetime) -> None:
        self.edit, self.todo = edit, edit.todo
        self._before = facts_of(edit.todo)
        self.columns = _columns(edit, at=at)
        #: The tags that it has, and will have.
        self.had: list[str] = self._before["tags"]
        self.tags: list[str] = (edit.wanted["tags"] or []) if "tags" in edit.wanted else self.had

    @cached_property
    def diff(self) -> changes.Diff:
        """What of it the change log tells; nothing: the todo is as wanted already."""
        after = {name: self.value(name) for name in TOLD}
        assigned_to = self.edit.wanted.get("assigned_to", self._before["assigned_to"])
        told = facts(SimpleNamespace(**after), tags=self.tags, assigned_to=assigned_to)
        return changes.diff(self._before, told)

    @property
    def entry(self) -> changes.Entry:
        """What is to be recorded where the todo is then."""
        action = Action.ENTER if self.edit.moves else Action.UPDATE
        return changes.Entry(Noun.TODO, self.todo.id, action, self.edit.list_id, self.diff)

    @property
    def leave(self) -> changes.Entry:
        """What is to be recorded where the todo was, if it moves."""
        return changes.Entry(Noun.TODO, self.todo.id, Action.LEAVE, self.todo.list_id)

    @property
    def kept_tags(self) -> int:
        """How many tags stay as they are: all if there are just more of them, else none."""
        before = len(self.had)
        return before if self.tags[:before] == self.had else 0

    def value(self, name: str) -> Any:
        """Return what the column will hold."""
        return self.columns[name] if name in self.columns else getattr(self.todo, name)


def _columns(edit: Edit, *, at: datetime) -> dict[str, Any]:
    """Return the columns that change."""
    todo, wanted = edit.todo, edit.wanted
    new = {
        **edit.place.columns,
        **columns(wanted, todo),
        **progress(edit.status, todo.completed_at, at=at),
    }
    if "position" in wanted:
        asked = wanted["position"]
        new["position"] = next_position(edit.list_id) if asked is None else asked
    return {name: value for name, value in new.items() if value != getattr(todo, name)}


def _write(changed: Sequence[_Change], *, at: datetime) -> None:
    """Write the changes.

    A todo is in one list with its parent and its assignee after every single statement. So those
    that move let go of both first, and take hold of them when all have arrived.
    """
    moved = [change for change in changed if change.edit.moves]
    names = {*(_LOOSE if moved else ()), *(name for one in changed for name in one.columns)}
    _cut_tags(changed)
    _set({change.todo.id: _LOOSE for change in moved if _ties(change.todo) != _LOOSE})
    _set(
        {change.todo.id: _row(change, names) for change in changed},
        version=_TODOS.c.version + 1,
        updated_at=at,
    )
    ties = {change.todo.id: _ties(change.edit) for change in moved}
    _set({id_: row for id_, row in ties.items() if row != _LOOSE})
    _add_tags(changed)


def _ties(of: Todo | Edit) -> dict[str, int | None]:
    return {"parent_id": of.parent_id, "assigned_to_id": of.assigned_to_id}


def _row(change: _Change, names: Iterable[str]) -> dict[str, Any]:
    row = {name: change.value(name) for name in names}
    return row | _LOOSE if change.edit.moves else row


def _set(rows: Mapping[int, Mapping[str, Any]], **always: Any) -> None:
    """Set the columns of todos, given by their ids; each has the same columns."""
    for ids in portions(rows):
        first, *others = [rows[id_] for id_ in ids]
        same = {n: v for n, v in first.items() if all(row[n] == v for row in others)}
        names = [name for name in first if name not in same]
        statement = update(_TODOS).values(same | always)
        if names:
            new = _table(names, {id_: rows[id_] for id_ in ids})
            statement = statement.where(_TODOS.c.id == new.c.id)
            statement = statement.values({name: new.c[name] for name in names})
        else:
            statement = statement.where(_TODOS.c.id.in_(ids))
        writer().execute(statement)


def _table(names: Sequence[str], rows: Mapping[int, Mapping[str, Any]]) -> CTE:
    """Return the rows, and their ids, as a table to update from."""
    columns = [column(name, _TODOS.c[name].type) for name in ("id", *names)]
    data = [(id_, *(row[name] for name in names)) for id_, row in rows.items()]
    return values(*columns, name="new").data(data).cte("new")


def _cut_tags(changed: Iterable[_Change]) -> None:
    cut = [change.todo.id for change in changed if len(change.had) > change.kept_tags]
    for some in portions(cut):
        writer().execute(delete(_TAGS).where(_TAGS.c.todo_id.in_(some)))


def _add_tags(changed: Iterable[_Change]) -> None:
    rows = [
        {"todo_id": change.todo.id, "list_id": change.edit.list_id, **tag}
        for change in changed
        for tag in tag_columns(change.tags, change.todo.created_at)[change.kept_tags :]
    ]
    if rows:
        writer().execute(_INSERT_TAGS, rows)
