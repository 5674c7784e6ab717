"""What the service says about a todo: the schema, and the writer that serves the hot paths.

The writer goes from a row to bytes without the schema, because dumping fifty todos with
marshmallow takes longer than reading them. A test holds it against the schema, field by field.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from marshmallow import fields

from todoapp import limits
from todoapp.limits import PRIORITY_NAMES
from todoapp.schemas.answer import Out, OutInstant, Resource
from todoapp.schemas.times import DUE_PATTERN, instant_text

#: An instant as the driver gives it; SQLite's are text, in UTC.
Stored = datetime | str
#: A row as a page finds it: the columns of a `TodoRow` and the key that it is sorted by; SQLite
#: gives it as text, a JSON array.
Found = str | Sequence[Any]


class TodoRow(NamedTuple):
    """The columns that a todo is written from, in the order in which they are selected."""

    id: int
    uid: str
    version: int
    list_id: int
    title: str
    description: str
    status: str
    completed_at: Stored | None
    priority: int
    tags: str | list[str]  # text: a JSON array
    due_on: date | str | None
    due_at: Stored | None
    assigned_to: str | None
    created_by: str
    parent_id: int | None
    position: float | str
    created_at: Stored
    updated_at: Stored
    deleted_at: Stored | None


_COLUMNS = len(TodoRow._fields)

#: Of so many todos the JSON is kept, in each process for each of two host names, if their rows have
#: up to so many characters. Kept among what each request throws away, they take more memory than
#: their own, which is 2 MB if all were as long and all emoji: with 1024, a worker grew by 5 MB.
_KEPT, _KEPT_LENGTH = 256, 1000

_JSON = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
_JSON_LINE = _JSON | orjson.OPT_APPEND_NEWLINE


def write_json(value: Any) -> bytes:
    """Return `value` as JSON with a newline; a naive datetime is UTC."""
    return orjson.dumps(value, option=_JSON_LINE)


def number(value: float | str) -> float:
    """Return an integer for a whole number: what came as an integer goes back as one."""
    if isinstance(value, int):
        return value
    value = float(value)
    return int(value) if value.is_integer() else value


def instant(value: Stored) -> Stored:
    """Return a stored instant as `write_json` takes it."""
    if isinstance(value, str):
        return value.replace(" ", "T").removesuffix(".000000") + "Z"
    return value


def columns_of(found: Found) -> Sequence[Any]:
    """Return the columns of a row, however the database gave it."""
    columns: Sequence[Any] = orjson.loads(found) if isinstance(found, str) else found
    return columns


def todos_json(page: Iterable[Found], base: str) -> list[Any]:
    """Return the todos of rows, ready for `write_json`; `base` begins their urls.

    Of one text comes one JSON, always: that of the last few is at hand. Pages are read again and
    again, and change little between.
    """
    write = _writer(base)
    return [
        write(found)
        if isinstance(found, str) and len(found) <= _KEPT_LENGTH
        else todo_dict(columns_of(found), base)
        for found in page
    ]


@lru_cache(2)  # who reaches the service by more names than that is slower
def _writer(base: str) -> Callable[[str], orjson.Fragment]:
    @lru_cache(_KEPT)
    def write(text: str) -> orjson.Fragment:
        return orjson.Fragment(orjson.dumps(todo_dict(orjson.loads(text), base), option=_JSON))

    return write


def todo_dict(row: Sequence[Any], base: str) -> dict[str, Any]:
    """Return the todo of a `TodoRow`, ready for `write_json`; `base` begins its url."""
    (
        id_,
        uid,
        version,
        list_id,
        title,
        description,
        status,
        completed_at,
        priority,
        tags,
        due_on,
        due_at,
        assigned_to,
        created_by,
        parent_id,
        position,
        created_at,
        updated_at,
        deleted_at,
    ) = row[:_COLUMNS]  # a page's rows also have the key that they are sorted by
    return {
        "id": id_,
        "uid": uid,
        "url": f"{base}/api/v1/todos/{id_}",
        "version": version,
        "list_id": list_id,
        "title": title,
        "description": description,
        "status": status,
        "completed": status == "completed",
        "completed_at": completed_at and instant(completed_at),
        "priority": PRIORITY_NAMES[priority],
        "tags": orjson.Fragment(tags) if isinstance(tags, str) else tags,
        "due_date": due_on or (due_at and instant(due_at)),
        "assigned_to": assigned_to,
        "created_by": created_by,
        "parent_id": parent_id,
        "position": number(position),
        "created_at": instant(created_at),
        "updated_at": instant(updated_at),
        "deleted_at": deleted_at and instant(deleted_at),
    }


class TodoOut(Resource):
    """A todo; what is unset is null."""

    collection = "todos"

    id = Out({"type": "integer", "description": "Never reused."})
    uid = Out({"type": "string", "maxLength": limits.UID_MAX})
    version = Out({"type": "integer", "description": "Goes up by one with every change."})
    list_id = Out({"type": "integer"})
    title = Out({"type": "string"})
    description = Out({"type": "string", "description": "Markdown."})
    status = Out({"type": "string", "enum": [status.value for status in limits.Status]})
    completed = fields.Function(
        lambda todo: todo.status == limits.Status.COMPLETED, metadata={"type": "boolean"}
    )
    completed_at = OutInstant(nullable=True)
    priority = fields.Function(
        lambda todo: PRIORITY_NAMES[todo.priority],
        metadata={"type": "string", "enum": list(limits.PRIORITY_RANKS)},
    )
    tags = fields.Function(
        lambda todo: [tag.name for tag in todo.tag_rows],
        metadata={"type": "array", "items": {"type": "string"}},
    )
    due_date = fields.Function(
        lambda todo: due_text(todo.due_on, todo.due_at),
        metadata={
            "type": ["string", "null"],
            "pattern": DUE_PATTERN,
            "description": "A date or an instant.",
        },
    )
    assigned_to = fields.Function(
        lambda todo: todo.assignee and todo.assignee.username,
        metadata={"type": ["string", "null"]},
    )
    created_by = fields.Function(lambda todo: todo.creator.username, metadata={"type": "string"})
    parent_id = Out({"type": ["integer", "null"]})
    position = fields.Function(lambda todo: number(todo.position), metadata={"type": "number"})
    created_at = OutInstant()
    updated_at = OutInstant()
    deleted_at = OutInstant(nullable=True, metadata={"description": "In the trash since."})


def due_text(due_on: date | None, due_at: datetime | None) -> str | None:
    """Return the one of the two that is set, as the API writes it."""
    if due_on:
        return due_on.isoformat()
    return instant_text(due_at) if due_at else None


class SparseTodoOut(TodoOut):
    """A todo of which only some fields were asked for."""

    optional = frozenset(TodoOut._declared_fields)
