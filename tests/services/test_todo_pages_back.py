"""Pages of todos, walked back: the same pages, found the same way; and the neighbours of one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.schemas.todo import SEARCH_SORTS, SIGNED_SORTS, TodoQuery
from todoapp.services import (
    accounts,
    todo_nearest,
    todo_neighbours,
    todo_pages,
    todo_rows,
    todo_selects,
    todos,
    todos_by_tag,
    trash,
)
from todoapp.services.access import Actor, Sight, seeing_all
from todoapp.services.preconditions import UNCONDITIONAL
from todoapp.services.todo_pages import Page

SIZES = (1, 2, 3, 5)
DUE = (None, "2030-01-02", "2030-01-02T00:00:00Z", "2029-12-31")


@pytest.fixture
def actor(app: Flask, alice: Api, bob: Api, share: Callable[..., None]) -> Actor:
    """Alice, who has random todos in three lists, with many ties and many unset values."""
    chance = Random(7)
    assert alice.actor
    shared = bob.make_list("Shared")["id"]
    share(shared, alice)
    own = alice.make_list("Own")["id"]
    with app.app_context(), unit_of_work():
        for number in range(17):
            body = {
                "title": chance.choice(["straße", "Strasse", "milk", "milk", "äpfel milk"]),
                "priority": chance.choice(["low", "high"]),
                "position": chance.choice([1, 2.5, 0.1]),
                "due_date": chance.choice(DUE),
                "completed": chance.random() < 0.4,
                "tags": chance.choice([[], ["home"], ["home", "work"]]),
                "list_id": chance.choice([None, own, shared]),
            }
            at = utcnow() - timedelta(days=chance.randint(0, 3)) if number % 2 else _THEN
            todos.create(alice.actor, body, at=at)
    return alice.actor


_THEN = datetime.fromisoformat("2026-01-02T03:04:05.678900+00:00")


def asked(actor: Actor, cursor: Any = None, *, back: bool = False, **query: str) -> Page:
    pairs = TodoQuery.parse_query({name: [value] for name, value in query.items()})
    return todo_pages.page(actor, pairs, cursor, now=utcnow(), back=back)


def ids(page: Page) -> list[int]:
    return [row[0] for row in page.rows]


def forward(actor: Actor, **query: str) -> list[Page]:
    pages = [asked(actor, **query)]
    while pages[-1].next:
        pages.append(asked(actor, pages[-1].next, **query))
    assert pages[0].previous is None
    return pages


def backward(actor: Actor, last: Page, **query: str) -> list[Page]:
    """Return the pages from `last` to the first, in the order of the list."""
    pages = [last]
    while pages[0].previous:
        pages.insert(0, asked(actor, pages[0].previous, back=True, **query))
    return pages


def there_and_back(actor: Actor, **query: str) -> list[int]:
    """Assert that the pages are the same both ways, and return the ids on them."""
    pages = forward(actor, **query)
    again = backward(actor, pages[-1], **query)
    assert [ids(page) for page in again] == [ids(page) for page in pages]
    assert [page.next for page in again] == [page.next for page in pages]
    return [id_ for page in pages for id_ in ids(page)]


@pytest.mark.parametrize("sort", SIGNED_SORTS)
def test_a_walk_back_meets_the_same_pages(app: Flask, actor: Actor, sort: str) -> None:
    with app.app_context():
        whole = ids(asked(actor, sort=sort, page_size="200"))
        assert len(whole) == 17
        for size in SIZES:
            assert there_and_back(actor, sort=sort, page_size=str(size)) == whole


@pytest.mark.parametrize("few", [0, todos_by_tag.FEW])
@pytest.mark.parametrize("sort", ["-created_at", "due_date", "title", "-completed_at"])
def test_so_it_does_with_filters(
    app: Flask, actor: Actor, monkeypatch: pytest.MonkeyPatch, sort: str, few: int
) -> None:
    monkeypatch.setattr(todos_by_tag, "FEW", few)
    with app.app_context():
        for filters in (
            {"tags": "home"},
            {"tags": "home,work", "completed": "false"},
            {"priority": "low"},
            {"filter": "tags : work OR due_date:*"},
        ):
            whole = ids(asked(actor, sort=sort, page_size="200", **filters))
            assert there_and_back(actor, sort=sort, page_size="2", **filters) == whole


@pytest.mark.parametrize("nearby", [0, 5, 300])
@pytest.mark.parametrize("sort", SEARCH_SORTS)
def test_so_does_a_search_wherever_it_finds_its_words(
    app: Flask, actor: Actor, monkeypatch: pytest.MonkeyPatch, sort: str, nearby: int
) -> None:
    reach = todo_nearest.Reach(0, nearby, nearby, nearby)
    monkeypatch.setattr(todo_nearest, "REACHES", dict.fromkeys(todo_nearest.REACHES, reach))
    anew = todo_selects._statement.__wrapped__  # type: ignore[attr-defined]
    monkeypatch.setattr(todo_selects, "_statement", anew)  # it keeps what it made
    with app.app_context():
        whole = ids(asked(actor, sort=sort, q="milk ", page_size="200"))
        assert 3 < len(whole) < 17
        assert there_and_back(actor, sort=sort, q="milk ", page_size="2") == whole


def test_so_does_everybodys_page(app: Flask, actor: Actor) -> None:
    with app.app_context(), unit_of_work():
        accounts.create({"username": "root", "role": "admin"}, at=utcnow())
    with app.app_context():
        root = seeing_all(accounts.acting("root"))
        assert root.sight == Sight.EVERYONE
        for sort in ("-created_at", "id", "due_date"):
            for searched in ({}, {"q": "milk "}):
                order = "-id" if searched else sort
                whole = ids(asked(root, sort=order, page_size="200", **searched))
                assert there_and_back(root, sort=order, page_size="3", **searched) == whole


@pytest.mark.parametrize("sort", ["-created_at", "title", "-position"])
def test_a_page_back_takes_one_statement(app: Flask, actor: Actor, sort: str) -> None:
    with app.app_context():
        last = forward(actor, sort=sort, page_size="3")[-1]
        with counted(app) as statements:
            before = asked(actor, last.previous, back=True, sort=sort, page_size="3")
    assert (len(before.rows), len(statements)) == (3, 1)


def test_what_came_or_went_meanwhile_makes_no_gap(app: Flask, actor: Actor) -> None:
    with app.app_context():
        first, second, third, *_ = forward(actor, page_size="3", sort="id")
    gone = [ids(first)[1], ids(second)[0]]
    with app.app_context(), unit_of_work():
        for todo_id in gone:
            trash.trash(actor, todo_id, UNCONDITIONAL, at=utcnow())
    with app.app_context():
        before = asked(actor, third.previous, back=True, page_size="3", sort="id")
        assert ids(before) == [ids(first)[2], *ids(second)[1:]]
        assert before.next == second.next
        # What is left is too little for a page: it is the first one then.
        start = asked(actor, before.previous, back=True, page_size="3", sort="id")
        assert ids(start) == [ids(first)[0], ids(first)[2], ids(second)[1]]
        assert start.previous is None


def test_an_empty_page_leads_back(app: Flask, actor: Actor) -> None:
    with app.app_context():
        pages = forward(actor, page_size="3", sort="id")
    with app.app_context(), unit_of_work():
        for todo_id in ids(pages[-1]):
            trash.trash(actor, todo_id, UNCONDITIONAL, at=utcnow())
    with app.app_context():
        empty = asked(actor, pages[-2].next, page_size="3", sort="id")
        assert (empty.rows, empty.next) == ([], None)
        assert empty.previous
        before = asked(actor, empty.previous, back=True, page_size="3", sort="id")
        assert ids(before) == [ids(pages[-3])[-1], *ids(pages[-2])[:-1]]


def test_a_page_back_is_counted_if_asked(app: Flask, actor: Actor) -> None:
    with app.app_context():
        second = asked(actor, asked(actor, page_size="3").next, page_size="3")
        first = asked(actor, second.previous, back=True, page_size="3", count="true")
        assert (first.total, first.capped, len(first.rows)) == (17, False, 3)


def neighbours(actor: Actor, todo_id: int, **query: str) -> tuple[int | None, int | None]:
    pairs = TodoQuery.parse_query({name: [value] for name, value in query.items()})
    todo = todo_rows.read(actor, todo_id)
    previous, following = todo_neighbours.of(actor, todo, pairs, now=utcnow())
    return previous and previous.id, following and following.id


@pytest.mark.parametrize("sort", SIGNED_SORTS)
def test_each_todo_has_its_neighbours_in_every_order(app: Flask, actor: Actor, sort: str) -> None:
    with app.app_context():
        whole = [None, *ids(asked(actor, sort=sort, page_size="200")), None]
        for before, todo_id, after in zip(whole, whole[1:], whole[2:], strict=False):
            assert neighbours(actor, todo_id, sort=sort) == (before, after)  # type: ignore[arg-type]


def test_neighbours_are_those_of_the_list_that_one_looks_at(app: Flask, actor: Actor) -> None:
    with app.app_context():
        whole = ids(asked(actor, sort="title", tags="home", page_size="200"))
        for before, after in pairwise(whole):
            assert neighbours(actor, after, sort="title", tags="home")[0] == before
        for outsider in set(ids(asked(actor, page_size="200"))) - set(whole):
            before, after = neighbours(actor, outsider, sort="title", tags="home")
            assert {before, after} <= {*whole, None}
            at = whole.index(before) + 1 if before else 0
            assert whole[at : at + 1] == ([after] if after else [])


@pytest.mark.parametrize("sort", ["-created_at", "title", "-priority"])
def test_neighbours_take_two_statements(app: Flask, actor: Actor, sort: str) -> None:
    with app.app_context():
        row = todo_rows.read(actor, ids(asked(actor))[3])
        pairs = TodoQuery.parse_query({"sort": [sort]})
        with counted(app) as statements:
            todo_neighbours.of(actor, row, pairs, now=utcnow())
    assert len(statements) == 2
