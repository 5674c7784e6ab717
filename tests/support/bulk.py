"""Selecting todos, changing them at once, and taking it back."""

from typing import Any, NamedTuple

import pytest

from tests.support.api import Api
from tests.support.tables import contents
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.errors import DomainError
from todoapp.schemas.todo import TodoQuery
from todoapp.services import todo_bulk, undo
from todoapp.services.access import Actor
from todoapp.services.todo_selection import Selection

Body = dict[str, Any]


class Done(NamedTuple):
    """How many todos changed, and the first change; None: there was none."""

    count: int
    change_id: int | None


def ticked(*todos: Any) -> Selection:
    return Selection(ids=tuple(todo["id"] for todo in todos))


def matching(**query: str) -> Selection:
    return Selection(query=TodoQuery.parse_query({name: [text] for name, text in query.items()}))


def run(who: Api, selection: Selection, body: Body, *, actor: Actor | None = None) -> Done:
    acting = actor or who.actor
    assert acting
    with who.app.app_context(), unit_of_work() as unit:
        count = todo_bulk.run(acting, selection, body, at=utcnow())
        return Done(count, unit.change_id)


def take_back(who: Api, done: Done) -> None:
    assert who.actor
    assert done.change_id
    with who.app.app_context(), unit_of_work():
        undo.undo(who.actor, done.change_id, at=utcnow())


def read(who: Api, *todos: Any) -> list[Any]:
    return [who.get(f"todos/{todo['id']}").get_json() for todo in todos]


def states(who: Api, *todos: Any) -> list[dict[str, Any]]:
    """Return what an undo brings back: version and times go on."""
    gone = ("version", "updated_at", "completed_at")
    return [{name: todo[name] for name in todo if name not in gone} for todo in read(who, *todos)]


def refused(who: Api, selection: Selection, body: Body, **options: Any) -> DomainError:
    """Assert that it is refused and leaves nothing behind; return the refusal."""
    before = contents(who.app)
    with pytest.raises(DomainError) as refusal:
        run(who, selection, body, **options)
    assert contents(who.app) == before
    return refusal.value
