"""Pages of the todos of many lists, of which some give a page all it has and some nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from todoapp.db import unit_of_work
from todoapp.services import todos

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
#: The lists of todos in the order of their making: long runs of one, and turns of several.
ORDER = "a" * 14 + "bc" * 6 + "d" + "abc" * 4 + "e" * 9 + "a" * 3


@pytest.fixture
def lists(app: Flask, alice: Api) -> None:
    """Fill some lists of alice's."""
    ids = {name: alice.make_list(name)["id"] for name in sorted(set(ORDER))}
    with app.app_context():
        for number, name in enumerate(ORDER):
            body: dict[str, Any] = {
                "title": f"{name} {number * 7 % 11}",
                "list_id": ids[name],
                "due_date": f"2026-02-{1 + number * 5 % 17:02}" if number % 3 else None,
                "priority": ["low", "high", "medium"][number % 3],
                "tags": ["odd"] if number % 2 else [],
            }
            with unit_of_work():
                todos.create(alice.actor, body, at=BEGIN + timedelta(hours=number))  # type: ignore[arg-type]


def pages(alice: Api, path: str) -> Iterator[list[int]]:
    """Yield the ids on each page."""
    token = ""
    while True:
        page = alice.get(f"todos?{path}&page_token={token}" if token else f"todos?{path}")
        document = page.get_json()
        yield [todo["id"] for todo in document["todos"]]
        token = document["next_page_token"]
        if not token:
            return


@pytest.mark.parametrize("size", [1, 2, 5, 8, 17])
@pytest.mark.parametrize("narrow", ["", "&tags=odd", "&filter=priority != low"])
def test_small_pages_are_the_large_one_in_parts(
    alice: Api, lists: None, size: int, narrow: str
) -> None:
    for sort in ("created_at", "due_date", "title", "priority", "position", "id"):
        for sign in ("", "-"):
            asked = f"sort={sign}{sort}{narrow}"
            [whole] = pages(alice, f"{asked}&page_size=200")
            parts = list(pages(alice, f"{asked}&page_size={size}"))
            assert list(chain.from_iterable(parts)) == whole, asked
            assert {len(part) for part in parts[:-1]} <= {size}
