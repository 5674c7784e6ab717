"""New todos: checked one by one, added together.

They go straight into the tables: building and flushing entities would take longer than all the
rest of a call, while every other writer waits. A hundred take as many statements as two, and one
takes fewer.
"""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import uuid_utils
from sqlalchemy import bindparam, insert, select

from todoapp.db import db, writer
from todoapp.errors import Conflict, together
from todoapp.limits import Action, Noun, Status
from todoapp.models import Todo, TodoTag
from todoapp.schemas.todo_out import TodoRow
from todoapp.services import changes, row_scopes, todo_creation
from todoapp.services.access import Actor
from todoapp.services.todo_places import (
    Directory,
    Place,
    after,
    after_last,
    find_place,
    next_position,
    uid_taken,
)
from todoapp.services.todo_values import (
    DEFAULTS,
    columns,
    facts,
    progress,
    tag_columns,
    wanted_status,
)

#: What a todo's fields were before there was one: what is unset is not worth a line in the log.
_NOTHING: dict[str, Any] = {"description": "", "tags": []}
_INSERT_TODOS = insert(Todo.__table__).returning(  # type: ignore[arg-type]
    Todo.list_id, Todo.uid, Todo.id, Todo.position
)
#: Of one alone: its position need not be asked for before.
_INSERT_LAST = _INSERT_TODOS.values(position=after_last(bindparam("in_list")))
_INSERT_TAGS = insert(TodoTag.__table__)  # type: ignore[arg-type]


class Drafts:
    """Todos of one actor that are not in the database yet."""

    def __init__(self, actor: Actor, *, at: datetime, alone: bool = False) -> None:
        """Make room for new todos, or, with `alone`, for one."""
        self._actor, self._at, self._alone = actor, at, alone
        self._rows: list[dict[str, Any]] = []
        #: What is wanted of each, beside its row.
        self._wanted: list[dict[str, Any]] = []
        self._known = Directory(actor)
        #: By list: the position after the last one stored, and the last one drafted.
        self._stored: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._uids: set[tuple[int | None, str]] = set()

    def put(self, wanted: dict[str, Any]) -> None:
        """Check a new todo, given by the values of schemas.todo.TodoCreate, and keep it.

        Raises Invalid with everything that is wrong, Forbidden where the actor may only look, and
        Conflict when the list has a todo with the same `uid`.
        """
        wanted = DEFAULTS | wanted
        status, place = together(
            lambda: wanted_status(None, wanted, unset=Status.PENDING),
            lambda: self._place(wanted),
        )
        self._wanted.append(wanted)
        self._rows.append(
            {
                "uid": self._uid(wanted, place),
                "position": wanted.get("position"),
                "created_by_id": self._actor.user_id,
                "created_at": self._at,
                "updated_at": self._at,
                "version": 1,
                **place.columns,
                **columns(wanted),
                **progress(status, None, at=self._at),
            }
        )

    def add(self, *, whole: bool = False) -> list[TodoRow]:
        """Add them all to the database, record it, and return them in order, as a read would.

        `whole`: they are all that the unit of work writes, so that it may be committed here.
        Raises Forbidden when the filter of the actor's key does not select all of them.
        """
        one_alone = len(self._rows) == 1 and todo_creation.is_possible()
        ids = self._add_alone(whole=whole) if one_alone else self._add_all()
        tags = [
            {"todo_id": todo_id, "list_id": row["list_id"], **tag}
            for todo_id, row, wanted in zip(ids, self._rows, self._wanted, strict=True)
            for tag in tag_columns(wanted["tags"], self._at)
        ]
        if tags:
            writer().execute(_INSERT_TAGS, tags)
        row_scopes.require_ids(self._actor, ids)
        return list(map(self._as_read, ids, self._rows, self._wanted))

    def _place(self, wanted: dict[str, Any]) -> Place:
        if self._alone and todo_creation.finds_inbox(self._actor, wanted):
            return Place(None, None, None)
        return find_place(self._actor, wanted, self._known)

    def _add_alone(self, *, whole: bool) -> list[int]:
        [row], [wanted] = self._rows, self._wanted
        whole = whole and not wanted["tags"] and self._actor.row_filter is None
        entry = changes.row(self._actor, _entry(0, {**row, "position": 0}, wanted), at=self._at)
        for name in ("list_id", "position"):
            entry["diff"].pop(name, None)  # the statement knows it
        return [todo_creation.add(row, entry, whole=whole)]

    def _add_all(self) -> list[int]:
        ids = self._insert()
        entries = map(_entry, ids, self._rows, self._wanted)
        changes.record(self._actor, entries, at=self._at)
        return ids

    def _insert(self) -> list[int]:
        """Insert the rows, with the positions that they get, and return their ids in order."""
        if len(self._rows) == 1 and self._rows[0]["position"] is None:
            return [self._insert_last(self._rows[0])]
        for row in self._rows:
            row["position"] = self._position(row["position"], row["list_id"])
        # Rows come back in any order; SQLAlchemy's own sorting would insert them one by one.
        rows = writer().execute(_INSERT_TODOS, changes.alone(self._rows)).all()
        added = {(row.list_id, row.uid): row.id for row in rows}
        return [added[row["list_id"], row["uid"]] for row in self._rows]

    def _insert_last(self, row: dict[str, Any]) -> int:
        values = {name: value for name, value in row.items() if name != "position"}
        added = writer().execute(_INSERT_LAST, values | {"in_list": row["list_id"]}).one()
        row["position"] = added.position
        todo_id: int = added.id
        return todo_id

    def _as_read(self, todo_id: int, row: dict[str, Any], wanted: dict[str, Any]) -> TodoRow:
        """Return a todo that was added as `todo_rows.read` would."""
        people = {"assigned_to": wanted["assigned_to"], "created_by": self._actor.username}
        added = {**row, "id": todo_id, "tags": wanted["tags"] or [], "deleted_at": None, **people}
        return TodoRow._make(added[name] for name in TodoRow._fields)

    def _uid(self, wanted: dict[str, Any], place: Place) -> str:
        """Return the uid asked for, if it is free in the list; else a new one."""
        asked: str | None = wanted.get("uid")
        if asked is None:
            return str(uuid_utils.uuid7())
        found = db.session.scalar(
            select(Todo.id).where(Todo.list_id == place.list_id, Todo.uid == asked)
        )
        if found is not None:
            raise uid_taken(self._actor, found)
        if (place.list_id, asked) in self._uids:
            raise Conflict("Another of these todos has the same uid.", code="uid-taken")
        self._uids.add((place.list_id, asked))
        return asked

    def _position(self, asked: float | None, list_id: int) -> float:
        """Return the position asked for; None: after the last, drafts included."""
        position = self._next(list_id) if asked is None else asked
        self._last[list_id] = max(position, self._last.get(list_id, position))
        return position

    def _next(self, list_id: int) -> float:
        if list_id not in self._stored:
            self._stored[list_id] = next_position(list_id)
        if list_id not in self._last:
            return self._stored[list_id]
        return max(self._stored[list_id], after(self._last[list_id]))


def _entry(todo_id: int, row: dict[str, Any], wanted: dict[str, Any]) -> changes.Entry:
    made = facts(
        SimpleNamespace(**row), tags=wanted["tags"] or [], assigned_to=wanted["assigned_to"]
    )
    diff = changes.diff(_NOTHING, made)
    return changes.Entry(Noun.TODO, todo_id, Action.CREATE, row["list_id"], diff)
