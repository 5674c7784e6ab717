"""Todos as a file: which ones, and the writers of both formats.

JSON lines are for programs, each line as GET would answer it. CSV (RFC 4180) is for spreadsheets:
hence the byte order mark, without which Excel takes UTF-8 for something else, and the apostrophes.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from typing import Any, ClassVar

import orjson

from todoapp.schemas.fields import OneOf
from todoapp.schemas.todo import SEARCH_SORTS, SIGNED_SORTS, TODO_FIELDS, TodoQuery
from todoapp.schemas.todo_out import write_json

Todos = Iterable[Mapping[str, Any]]

#: The media type of each format; none is registered for JSON lines, and RFC 6648 is against `x-`.
MEDIA_TYPES = {
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8; header=present",
}
_BYTE_ORDER_MARK = "\ufeff"
#: What spreadsheets may take for a formula, also after blanks and in full width (ASVS 1.2.10); and
#: the apostrophe itself, so that the one that is put before can be told from others.
_UNSAFE = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n\0']")


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


def csv_head(fields: Sequence[str]) -> bytes:
    """Return the first line, and the mark that makes it UTF-8 to a spreadsheet."""
    return _BYTE_ORDER_MARK.encode() + _csv([fields])


def csv_lines(todos: Todos) -> bytes:
    """Return a line for each todo, of the values that its JSON has."""
    plain = (orjson.loads(write_json(todo)) for todo in todos)
    return _csv([_cell(value) for value in todo.values()] for todo in plain)


def _csv(lines: Iterable[Iterable[Any]]) -> bytes:
    written = StringIO(newline="")
    csv.writer(written).writerows(lines)
    return written.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = ",".join(value)  # no tag has a comma
    if isinstance(value, str):
        return f"'{value}" if _UNSAFE.match(value) else value
    return str(value).lower() if isinstance(value, bool) else value


#: What a file begins with, given the fields, and what goes on with it, given some todos.
WRITERS: dict[str, tuple[Callable[[Sequence[str]], bytes], Callable[[Todos], bytes]]] = {
    "jsonl": (lambda _fields: b"", json_lines),
    "csv": (csv_head, csv_lines),
}


def chosen_fields(query: Mapping[str, Any]) -> Sequence[str]:
    """Return the fields that `query` asks for, in its order; else all."""
    fields: Sequence[str] = query.get("fields_", TODO_FIELDS)
    return fields
