"""Todos as a file, made part by part: in constant memory, and with no transaction in between.

Each part is a page, read whole by a statement of its own before any of it is sent: however slowly
it is taken, the database waits for nobody.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from todoapp.schemas.todo_export import WRITERS, chosen_fields
from todoapp.schemas.todo_out import todo_dict
from todoapp.services import todo_pages, view_rows
from todoapp.services.access import Actor
from todoapp.services.todo_pages import Rows

#: How many todos are read at once.
CHUNK = 500


def parts(actor: Actor, query: dict[str, Any], *, base: str, now: datetime) -> Iterator[bytes]:
    """Yield the file that `query` (schemas.todo_export.ExportQuery, with `format`) asks for.

    `base` begins the todos' urls. No part is empty; of no todos there may be no part.
    """
    query = view_rows.applied(actor, query)
    fields = chosen_fields(query)
    head, write = WRITERS[query["format"]]
    part = head(fields)
    for rows in _chunks(actor, query, now):
        todos = (todo_dict(row, base) for row in rows)
        part += write({name: todo[name] for name in fields} for todo in todos)
        if part:
            yield part
        part = b""


def _chunks(actor: Actor, query: Mapping[str, Any], now: datetime) -> Iterator[Rows]:
    query = {**query, "page_size": CHUNK, "count": False}
    cursor = None
    while True:
        page = todo_pages.page(actor, query, cursor, now=now)
        yield page.rows
        if page.next is None:
            return
        cursor = page.next
