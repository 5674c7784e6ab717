"""Every filter of todos, held against a plain reading of what it means."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.support.api import Api, wrong
from todoapp.db import db, unit_of_work
from todoapp.models import User
from todoapp.schemas.todo import TodoQuery
from todoapp.services import accounts, todo_pages

Share = Callable[[int, Api, str], None]


@pytest.fixture
def todos(alice: Api, bob: Api, share: Share) -> dict[str, Any]:
    """Return what the filters choose from, by title."""
    shared = alice.make_list("Shared")["id"]
    share(shared, bob, "editor")
    made = [
        alice.todo("plain"),
        alice.todo("low", priority="low", status="in_progress"),
        alice.todo("critical", priority="critical", status="on_hold", tags=["Home", "café"]),
        alice.todo("done", completed=True, priority="high", tags=["home"]),
        alice.todo("cancelled", status="cancelled", tags=["STRASSE"]),
        alice.todo("mine", list_id=shared, assigned_to="alice"),
        bob.todo("bob's", list_id=shared, assigned_to="bob", tags=["Straße", "HOME"]),
        bob.todo("nobody's", list_id=shared),
    ]
    made.append(alice.todo("child", parent_id=made[0]["id"], due_date="2030-01-01"))
    made.append(alice.todo("trashed"))
    alice.delete(f"todos/{made[-1]['id']}")
    bob.todo("invisible", tags=["Home"], priority="low", completed=True)
    return {todo["title"]: todo for todo in made}


LIVE = "plain low critical done cancelled mine bob's nobody's child"

CASES = [
    ("", LIVE),
    ("trashed=false", LIVE),
    ("trashed=true", "trashed"),
    ("status=pending", "plain mine bob's nobody's child"),
    ("status=in_progress,on_hold", "low critical"),
    ("status=completed", "done"),
    ("status= cancelled , completed", "done cancelled"),
    ("completed=true", "done"),
    ("completed=false", "plain low critical cancelled mine bob's nobody's child"),
    ("completed=true&status=pending", ""),
    ("completed=false&status=completed,in_progress,on_hold", "low critical"),
    ("priority=low", "low"),
    ("priority=high,critical", "critical done"),
    ("tags=home", "critical done bob's"),
    ("tags=HOME,home", "critical done bob's"),
    ("tags=home,strasse", "bob's"),
    ("tags=straße", "cancelled bob's"),
    ("tags=cafe%CC%81", "critical"),
    ("tags=caf", ""),
    ("tags=unheard of", ""),
    ("list_id={mine[list_id]}", "mine bob's nobody's"),
    ("list_id={plain[list_id]}&completed=true", "done"),
    ("list_id=9007199254740992", ""),
    ("assigned_to=me", "mine"),
    ("assigned_to=alice", "mine"),
    ("assigned_to=bob", "bob's"),
    ("assigned_to=none", "plain low critical done cancelled nobody's child"),
    ("assigned_to=stranger", ""),
    ("created_by=me", "plain low critical done cancelled mine child"),
    ("created_by=bob", "bob's nobody's"),
    ("created_by=stranger", ""),
    ("due=any", "child"),
    ("due=none", "plain low critical done cancelled mine bob's nobody's"),
    ("parent_id={plain[id]}", "child"),
    ("parent_id=none", "plain low critical done cancelled mine bob's nobody's"),
    ("parent_id={child[id]}", ""),
    ("updated_since={critical[updated_at]}", "critical done cancelled mine bob's nobody's child"),
    ("updated_since=2999-01-01T00:00:00Z", ""),
    ("tags=home&assigned_to=bob&created_by=bob&status=pending&priority=medium", "bob's"),
]


@pytest.mark.parametrize(("query", "titles"), CASES, ids=[case[0] for case in CASES])
def test_a_filter_selects(alice: Api, todos: dict[str, Any], query: str, titles: str) -> None:
    path = f"todos?sort=id&count=true&{query.format(**todos)}"
    page = alice.get(path).get_json()
    assert [todo["title"] for todo in page["todos"]] == titles.split()
    assert page["total_count"] == len(titles.split())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("status=open", "choice"),
        ("status=pending,", "blank"),
        ("completed=1", "type"),
        ("completed=True", "type"),
        ("priority=5", "choice"),
        ("tags=", "blank"),
        ("tags=a,,b", "blank"),
        ("tags=" + ",".join(map(str, range(51))), "too_many"),
        ("list_id=0", "range"),
        ("list_id=9007199254740993", "range"),
        ("list_id=x", "type"),
        ("assigned_to=", "blank"),
        ("created_by=" + "x" * 40, "too_long"),
        ("due=tomorrow", "choice"),
        ("due_before=today", "instant"),
        ("due_after=2026-02-30", "instant"),
        ("due_after=1899-12-31", "range"),
        ("due_before=2026-01-01T00:00:00", "instant"),
        ("parent_id=x", "pattern"),
        ("parent_id=0", "pattern"),
        ("updated_since=2026-01-01", "instant"),
        ("trashed=all", "type"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(alice: Api, query: str, code: str) -> None:
    assert wrong(alice.get(f"todos?{query}")) == {query.partition("=")[0]: code}


# Due dates: the days are those of the caller.

#: A zone, and an instant in it at which something is odd.
MOMENTS = [
    ("UTC", "2026-06-15T00:00:00+00:00"),
    ("Pacific/Auckland", "2026-06-15T00:00:00+12:00"),
    ("Pacific/Auckland", "2026-06-15T23:59:59.999999+12:00"),
    ("Pacific/Auckland", "2026-09-27T03:00:00+13:00"),  # the clocks go forward
    ("America/Los_Angeles", "2026-06-14T23:30:00-07:00"),
    ("America/Los_Angeles", "2026-11-01T01:30:00-08:00"),  # the clocks go back
    ("Asia/Kathmandu", "2026-06-15T00:14:59+05:45"),
    ("Africa/Cairo", "2026-04-24T01:00:00+03:00"),  # a day without a midnight
    ("America/Havana", "2026-11-01T00:30:00-05:00"),  # a midnight that comes twice
    ("Pacific/Kiritimati", "2026-12-31T23:00:00+14:00"),
]


def dues(now: datetime, zone: ZoneInfo) -> list[date | datetime]:
    """Return dates and instants around the edges of the caller's day."""
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=number) for number in (-2, -1, 0, 1, 2)]
    edges = [midnight(day, zone) for day in days] + [midnight(day, ZoneInfo("UTC")) for day in days]
    tick = timedelta(microseconds=1)
    instants = {now + tick * n for n in (-1, 0, 1)} | {e + tick * n for e in edges for n in (-1, 0)}
    return [*days, *sorted(instants)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day: search for it, so that no clock change matters."""
    first = datetime.combine(day, time(), UTC) - timedelta(hours=16)
    while first.astimezone(zone).date() < day:
        first += timedelta(minutes=15)
    return first


def meaning(query: str, argument: Any, now: datetime, zone: ZoneInfo) -> Callable[[Any], bool]:
    """Return the plain reading of a due filter, as a predicate of a due date."""
    today = now.astimezone(zone).date()

    def day(due: date | datetime) -> date:
        return due.astimezone(zone).date() if isinstance(due, datetime) else due

    def end(due: date | datetime) -> tuple[datetime, bool]:
        """A date ends after every instant of its day, and before the first of the next."""
        if isinstance(due, datetime):
            return due, True
        return midnight(due + timedelta(days=1), zone), False

    if query == "due":
        if argument == "today":
            return lambda due: day(due) == today
        return lambda due: due < now if isinstance(due, datetime) else due < today
    value: Callable[[Any], Any] = end if isinstance(argument, datetime) else day
    if query == "due_before":
        return lambda due: value(due) < value(argument)
    return lambda due: value(due) > value(argument)


@pytest.mark.parametrize(("zone_name", "moment"), MOMENTS)
def test_due_dates_are_compared_on_the_callers_days(
    app: Flask, alice: Api, zone_name: str, moment: str
) -> None:
    now, zone = datetime.fromisoformat(moment).astimezone(UTC), ZoneInfo(zone_name)
    made = {}
    for due in dues(now, zone):
        made[alice.todo(due_date=due.isoformat())["id"]] = due
    with app.app_context(), unit_of_work():
        db.session.query(User).filter_by(username="alice").update({"timezone": zone_name})
    cases = [("due", "today"), ("due", "overdue")]
    cases += [(name, due) for name in ("due_before", "due_after") for due in made.values()]
    with app.app_context():
        actor = accounts.acting("alice")
        for name, argument in cases:
            query = {**TodoQuery.defaults(), "page_size": 200, name: argument}
            found = {row[0] for row in todo_pages.page(actor, query, None, now=now).rows}
            applies = meaning(name, argument, now, zone)
            assert found == {id_ for id_, due in made.items() if applies(due)}, (name, argument)


def test_what_is_closed_is_never_overdue(alice: Api) -> None:
    late = [
        alice.todo(due_date="2020-01-01", status=status)["id"]
        for status in ("pending", "in_progress", "on_hold", "completed", "cancelled")
    ]
    assert alice.ids("todos?due=overdue&sort=id") == late[:3]


def test_a_date_argument_is_read_from_the_query(alice: Api) -> None:
    early, late = alice.todo(due_date="2026-01-01"), alice.todo(due_date="2026-01-02T00:00:00Z")
    assert alice.ids("todos?due_before=2026-01-02") == [early["id"]]
    assert alice.ids("todos?due_after=2026-01-01") == [late["id"]]
    assert alice.ids("todos?due_after=2026-01-01T23:00:00%2B00:00&sort=id") == [
        early["id"],
        late["id"],
    ]
    assert alice.ids("todos?due_after=2026-01-01&due_before=2026-01-02") == []
