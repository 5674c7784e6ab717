"""The todos of one page, or what is wrong with what was asked for."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from flask import url_for

from todoapp.admin.todo_state import State
from todoapp.errors import BadFilter, FieldError, Invalid, Malformed
from todoapp.schemas.todo_out import todo_dict, write_json
from todoapp.services import todo_pages, view_rows
from todoapp.services.access import Actor
from todoapp.services.todo_order import INSTANTS
from todoapp.web import page_tokens

#: Errors of these are told beside the box.
_BOX = ("filter", "q")


@dataclass(frozen=True)
class Listing:
    """What the page shows; nothing of it where `errors` say why."""

    todos: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    #: There are more than `total`.
    capped: bool = False
    sort: str = ""
    #: The one list that they are of, if that is what is asked for.
    list_id: int | None = None
    next: str | None = None
    previous: str | None = None
    errors: list[FieldError] = field(default_factory=list)
    #: The HTTP status that fits it.
    status: int = 200

    @property
    def box_error(self) -> FieldError | None:
        """What is wrong with the text in the box."""
        return next((error for error in self.errors if error.where in _BOX), None)

    @property
    def other_errors(self) -> list[FieldError]:
        """What is wrong beside it."""
        return [error for error in self.errors if error.where not in _BOX]

    @property
    def list_ids(self) -> set[int]:
        """The ids of the lists that the page speaks of."""
        asked = {self.list_id} if self.list_id else set()
        return asked | {todo["list_id"] for todo in self.todos}

    @property
    def tags(self) -> list[str]:
        """The tags of these todos, the most frequent first."""
        return [name for name, _ in Counter(n for t in self.todos for n in t["tags"]).most_common()]


def read(actor: Actor, state: State, *, now: datetime) -> Listing:
    """Return the page of `state`."""
    try:
        return _read(actor, state, now)
    except Invalid as error:
        return Listing(errors=error.errors, status=422)
    except BadFilter as error:
        return Listing(errors=error.errors, status=400)
    except Malformed as error:
        return Listing(errors=[FieldError("page_token", error.code, error.detail)], status=400)


def _read(actor: Actor, state: State, now: datetime) -> Listing:
    query = view_rows.applied(actor, state.query | {"count": True})
    view, where = query.get("view"), _where(state)
    key = datetime if query["sort"].lstrip("-") in INSTANTS else object
    place = page_tokens.read(actor, query, bool, int, key, int, of=view, where=where)
    cursor = todo_pages.Cursor(*place[1:]) if place else None
    page = todo_pages.page(actor, query, cursor, now=now, back=bool(place and place[0]))

    def url(cursor: todo_pages.Cursor | None, *, back: bool) -> str | None:
        token = cursor and page_tokens.write(actor, (back, *cursor), view, where)
        return state.but(page_token=token).url if token else None

    return Listing(
        [plain(row) for row in page.rows],
        page.total or 0,
        page.capped,
        query["sort"],
        query.get("list_id"),
        url(page.next, back=False),
        url(page.previous, back=True),
    )


def _where(state: State) -> page_tokens.Where:
    return url_for("admin.todos"), state.parameters


def plain(row: Any) -> dict[str, Any]:
    """Return the todo of a row (schemas.todo_out.TodoRow) as a client of the API gets it."""
    todo: dict[str, Any] = orjson.loads(write_json(todo_dict(row, "")))
    return todo
