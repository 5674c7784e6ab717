"""Todos as a file: which ones, and the writers of both formats.

JSON lines are for programs, each line as GET would answer it. CSV is for spreadsheets.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import orjson

from todoapp.schemas import spreadsheet
from todoapp.schemas.fields import OneOf
from todoapp.schemas.todo import SEARCH_SORTS, SIGNED_SORTS, TODO_FIELDS, TodoQuery
from todoapp.schemas.todo_out import write_json

Todos = Iterable[Mapping[str, Any]]

#: The media type of each format; none is registered for JSON lines, and RFC 6648 is against `x-`.
MEDIA_TYPES = {
    "jsonl": "application/jsonl",
    "csv": spreadsheet.MEDIA_TYPE,
}


class ExportQuery(TodoQuery):
    """Which todos, in which order and in which format."""

    class Meta(TodoQuery.Meta):
        """It has no pages."""

        exclude = ("page_size", "page_token", "count")

    #: Nothing that changes meanwhile moves: see docs/api.md.
    default_sort: ClassVar = "id"

    sort = OneOf(
        SIGNED_SORTS,
        metadata={
            "description": "`-` turns it round; unset values come last both ways. Default: `id`; "
            f"with `q` only {' and '.join(f'`{sort}`' for sort in SEARCH_SORTS)} are possible."
        },
    )
    format = OneOf(
        tuple(MEDIA_TYPES),
        metadata={"description": "Default: what `Accept` prefers, else `jsonl`."},
    )


def json_lines(todos: Todos) -> bytes:
    """Return each todo as JSON in a line of its own."""
    return b"".join(map(write_json, todos))


def csv_lines(todos: Todos) -> bytes:
    """Return a line for each todo, of the values that its JSON has."""
    return spreadsheet.lines(orjson.loads(write_json(todo)).values() for todo in todos)


#: What a file begins with, given the fields, and what goes on with it, given some todos.
WRITERS: dict[str, tuple[Callable[[Sequence[str]], bytes], Callable[[Todos], bytes]]] = {
    "jsonl": (lambda _fields: b"", json_lines),
    "csv": (spreadsheet.head, csv_lines),
}


def chosen_fields(query: Mapping[str, Any]) -> Sequence[str]:
    """Return the fields that `query` asks for, in its order; else all."""
    fields: Sequence[str] = query.get("fields_", TODO_FIELDS)
    return fields
