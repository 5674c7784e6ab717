"""The dashboard: numbers, and the lists of todos that show what they count."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.limits import Status
from todoapp.schemas.todo import TodoQuery
from todoapp.services import dashboard, todo_pages, todos
from todoapp.services.access import Actor, seeing_everyone
from todoapp.services.preconditions import UNCONDITIONAL

Share = Callable[[int, Api, str], None]

#: A Wednesday, 02:00 of it in Tokyo, and still a Tuesday in New York.
NOW = datetime(2026, 6, 16, 17, tzinfo=UTC)


def read(app: Flask, actor: Actor, now: datetime = NOW) -> dict[str, Any]:
    with app.app_context():
        return dashboard.read(actor, now=now)


def numbers(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all that is counted."""
    of_days = [day[what] for day in shown["per_day"] for what in ("created", "completed")]
    names = ("open", "overdue", "due_today", "completed_this_week")
    return [*(shown[name] for name in names), *of_days, *shown["busiest_lists"]]


def lived(who: Api, lists: list[int]) -> None:
    """Create and complete todos all around the edges of days and weeks."""
    assert who.actor
    with who.app.app_context(), unit_of_work():
        for number, hours in enumerate(range(0, 24 * 12, 5)):
            at = NOW - timedelta(hours=hours)
            due = (None, at.isoformat(), at.date().isoformat(), "2026-06-16")[number % 4]
            body = {"title": "x", "list_id": lists[number % len(lists)], "due_date": due}
            todo_id = todos.create(who.actor, body, at=at - timedelta(hours=number)).id
            status = list(Status)[number % 5]
            todos.patch(who.actor, todo_id, {"status": status}, UNCONDITIONAL, at=at)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_each_number_is_that_of_the_todos_it_leads_to(app: Flask, alice: Api, zone: str) -> None:
    assert alice.actor
    lived(alice, [alice.make_list(f"List {number}")["id"] for number in range(3)])
    actor = replace(alice.actor, timezone=zone)
    shown = read(app, actor)
    assert len(shown["per_day"]) == 30
    assert len(shown["busiest_lists"]) == 3
    assert all(shown[name]["count"] for name in ("open", "overdue"))
    with app.app_context():
        for number in numbers(shown):
            asked = {name: [value] for name, value in number["query"].items()} | {"count": ["true"]}
            query = TodoQuery.parse_query(asked)
            assert todo_pages.page(actor, query, None, now=NOW).total == number["count"], number


@pytest.mark.parametrize(
    ("zone", "since", "count"), [("Asia/Tokyo", "2026-06-15", 2), ("UTC", "2026-06-15", 1)]
)
def test_a_week_begins_on_monday_where_one_is(
    app: Flask, alice: Api, zone: str, since: str, count: int
) -> None:
    assert alice.actor
    with app.app_context(), unit_of_work():
        for at in (
            NOW,
            datetime(2026, 6, 14, 20, tzinfo=UTC),
            datetime(2026, 6, 14, 9, tzinfo=UTC),
        ):
            todos.create(alice.actor, {"title": "x", "completed": True}, at=at)
    shown = read(app, replace(alice.actor, timezone=zone))["completed_this_week"]
    assert shown == {"count": count, "query": {"filter": f"completed_at >= {since}"}}


def test_on_a_sunday_the_week_is_nearly_over(app: Flask, alice: Api) -> None:
    assert alice.actor
    shown = read(app, alice.actor, datetime(2026, 6, 21, 23, tzinfo=UTC))
    assert shown["completed_this_week"]["query"] == {"filter": "completed_at >= 2026-06-15"}


def test_it_tells_what_was_done_lately(app: Flask, alice: Api) -> None:
    assert alice.actor
    for number in range(12):
        alice.todo(str(number))
    news = read(app, alice.actor, utcnow())["activity"]
    assert [change["name"] for change in news] == [str(number) for number in range(11, 1, -1)]


def test_everybody_finds_their_own(
    app: Flask, alice: Api, bob: Api, carol: Api, person: Callable[..., Api], share: Share
) -> None:
    shared = alice.make_list("Ours")["id"]
    share(shared, bob, "viewer")
    alice.todo("Secret", due_date="2020-01-01")
    alice.todo("Shared", list_id=shared)
    root = person("root", ["todos:read", "admin"], role="admin")
    actors = [who.actor for who in (alice, bob, carol, root) if who.actor]
    told = []
    for actor in (*actors, seeing_everyone(actors[-1])):
        shown = read(app, actor, utcnow())
        todo_names = {row["name"] for row in shown["activity"] if row["noun"] == "todo"}
        told.append((shown["open"]["count"], shown["overdue"]["count"], todo_names))
    assert told == [
        (2, 1, {"Secret", "Shared"}),
        (1, 0, {"Shared"}),
        (0, 0, set()),
        (0, 0, set()),
        (2, 1, {"Secret", "Shared"}),
    ]


def test_it_takes_as_many_statements_whatever_there_is(app: Flask, alice: Api) -> None:
    assert alice.actor
    taken = []
    for size in (5, 500):
        with app.app_context(), unit_of_work():
            for _ in range(size):
                todos.create(alice.actor, {"title": "x", "due_date": "2020-01-01"}, at=utcnow())
        with counted(app) as statements:
            read(app, alice.actor, utcnow())
        taken.append(len(statements))
    assert taken == [7, 7]
