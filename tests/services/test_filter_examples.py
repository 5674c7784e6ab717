"""What docs/filters.md says of the filter language is so, line by line."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.support.api import Api
from todoapp.db import unit_of_work
from todoapp.errors import BadFilter
from todoapp.schemas.todo import TodoQuery
from todoapp.services import filter_language, todo_pages, todos
from todoapp.services.access import Actor
from todoapp.services.filter_language.fields import FIELDS, operators
from todoapp.settings import ROOT

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 12, tzinfo=BERLIN)
_TABLE = re.compile(r"^\| (.*) \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", re.MULTILINE)


def table(head: str) -> list[list[str]]:
    """Return the rows of the table with this head."""
    tables = dict(_TABLE.findall((ROOT / "docs/filters.md").read_text()))
    rows = [line.removeprefix("|").removesuffix("|") for line in tables[head].splitlines()]
    return [[cell.strip() for cell in row.split(" |")] for row in rows]


COLUMNS = "title | description | status | priority | tags | due_date | assigned_to | created"
TODOS = [dict(zip(COLUMNS.split(" | "), row, strict=True)) for row in table(COLUMNS)]
EXAMPLES = [(row[0].strip("`"), row[1]) for row in table("filter | selects")]
REFUSALS = [(row[0][1:-1], *row[1:]) for row in table("filter | position | detail")]


@pytest.fixture
def alice(app: Flask, person: Callable[..., Api], bob: Api, share: Callable[..., None]) -> Actor:
    """Return alice, with the todos of the document, in a list that bob is in."""
    alice = person("alice", timezone="Europe/Berlin")
    assert alice.actor
    shared = alice.make_list("Shared")["id"]
    share(shared, bob)
    with app.app_context(), unit_of_work():
        for todo in TODOS:
            day = datetime.fromisoformat(todo["created"])
            at = datetime.combine(day, time(10), BERLIN).astimezone(UTC)
            todos.create(alice.actor, _body(todo, shared), at=at)
    return alice.actor


def _body(todo: dict[str, str], list_id: int) -> dict[str, Any]:
    given: dict[str, Any] = {name: value or None for name, value in todo.items()}
    del given["created"]
    return {**given, "tags": todo["tags"].split(", ") if todo["tags"] else [], "list_id": list_id}


def test_the_document_has_enough_of_everything() -> None:
    assert len(TODOS) == 6
    assert len(EXAMPLES) > 50
    assert len(REFUSALS) > 20


def test_the_examples_select_what_they_say(app: Flask, alice: Actor) -> None:
    wrong = {}
    with app.app_context():
        for text, titles in EXAMPLES:
            query = TodoQuery.parse_query({"filter": [text], "sort": ["id"]})
            rows = todo_pages.page(alice, query, None, now=NOW).rows
            found = ", ".join(row[4] for row in rows)
            if found != titles:
                wrong[text] = found
    assert wrong == {}


@pytest.mark.parametrize(("text", "position", "detail"), REFUSALS, ids=[r[0] for r in REFUSALS])
def test_the_errors_are_told_as_they_say(text: str, position: str, detail: str) -> None:
    with pytest.raises(BadFilter) as refusal:
        filter_language.parse(text)
    [error] = refusal.value.errors
    assert (error.position, error.detail) == (int(position), detail)


def test_every_field_is_told_with_its_operators() -> None:
    told = {}
    for names, signs, _ in table("field | operators | values"):
        told |= {name: re.findall(r"`(.*?)`", signs) for name in re.findall(r"`(\w+)`", names)}
    assert told == {name: operators(name) for name in FIELDS}
