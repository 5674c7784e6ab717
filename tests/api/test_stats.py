"""/stats: numbers, held against the todos that they speak of."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from tests.support import counts
from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.limits import Status
from todoapp.models import Todo, User
from todoapp.schemas.todo import TodoQuery
from todoapp.services import accounts, stats, todo_pages, todos, trash
from todoapp.services.access import Actor
from todoapp.services.preconditions import UNCONDITIONAL

Share = Callable[[int, Api, str], None]
ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu", "Africa/Cairo")


def read(who: Api, path: str = "stats") -> Any:
    response = who.get(path)
    assert response.status_code == 200, response.text
    return response.get_json()


# What is told


def test_nothing_is_told_as_nothing(alice: Api) -> None:
    today = utcnow().date()
    shown = read(alice)
    days = shown.pop("per_day")
    assert shown == {
        "open": 0,
        "overdue": 0,
        "due_today": 0,
        "by_status": dict.fromkeys(map(str, Status), 0),
        "busiest_lists": [],
    }
    assert [day["date"] for day in days[-2:]] == [str(today - timedelta(1)), str(today)]
    assert len(days) == 30
    assert {(day["created"], day["completed"]) for day in days} == {(0, 0)}


def test_todos_are_counted_by_what_is_to_be_done_with_them(alice: Api) -> None:
    today = utcnow().date().isoformat()
    for number, status in enumerate(Status):
        for _ in range(number + 1):
            alice.todo(status=status, due_date="2020-01-01")
    alice.todo(due_date=today)
    alice.todo(completed=True, due_date=today)
    alice.delete(f"todos/{alice.todo(due_date=today)['id']}")
    shown = read(alice)
    assert (shown["open"], shown["overdue"], shown["due_today"]) == (7, 6, 2)
    by_status = {"pending": 2, "in_progress": 2, "on_hold": 3, "completed": 5, "cancelled": 5}
    assert shown["by_status"] == by_status
    assert shown["per_day"][-1] == {"date": today, "created": 17, "completed": 5}


def test_the_busiest_lists_are_those_with_most_to_do(alice: Api) -> None:
    made = [alice.make_list(f"List {number}")["id"] for number in range(7)]
    for number, list_id in enumerate(made):
        for _ in range(number % 6):
            alice.todo(list_id=list_id)
        alice.todo(list_id=list_id, completed=True)
    busiest = [(one["list_id"], one["name"], one["open"]) for one in read(alice)["busiest_lists"]]
    assert busiest == [(made[n], f"List {n}", n) for n in (5, 4, 3, 2, 1)]


def test_todos_are_counted_where_one_sees_them(
    alice: Api, bob: Api, person: Any, share: Share
) -> None:
    shared, own = alice.make_list()["id"], alice.make_list()["id"]
    share(shared, bob, "viewer")
    alice.todo(list_id=shared, due_date="2020-01-01")
    alice.todo(list_id=own, due_date="2020-01-01")
    bob.todo(completed=True)
    root: Api = person("root", ["todos:read", "admin"], role="admin")
    told = {
        path: [(s["open"], s["overdue"], s["per_day"][-1]["created"]) for s in shown]
        for path, shown in {
            "stats": [read(who) for who in (alice, bob, root)],
            f"stats?list_id={shared}": [
                read(who, f"stats?list_id={shared}") for who in (alice, bob, root)
            ],
            f"stats?list_id={own}": [
                read(who, f"stats?list_id={own}") for who in (alice, bob, root)
            ],
        }.items()
    }
    assert list(told.values()) == [
        [(2, 2, 2), (1, 1, 2), (0, 0, 0)],
        [(1, 1, 1), (1, 1, 1), (0, 0, 0)],
        [(1, 1, 1), (0, 0, 0), (0, 0, 0)],
    ]
    everyone = read(root, "stats?everyone=true")
    assert (everyone["open"], everyone["by_status"]["completed"]) == (2, 1)
    assert read(root, f"stats?everyone=true&list_id={own}")["open"] == 1
    refused = problem(alice.get("stats?everyone=true"), 403, "insufficient-scope")
    assert refused["required_scope"] == "admin"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("days=0", {"days": "range"}),
        ("days=91", {"days": "range"}),
        ("days=x&list_id=0", {"days": "type", "list_id": "range"}),
        ("day=3", {"day": "unknown"}),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    alice: Api, query: str, expected: dict[str, str]
) -> None:
    assert wrong(alice.get(f"stats?{query}")) == expected


@pytest.mark.parametrize("days", [1, 2, 89, 90])
def test_every_day_asked_for_is_told(alice: Api, days: int) -> None:
    alice.todo(completed=True)
    shown = read(alice, f"stats?days={days}")["per_day"]
    dates = [date.fromisoformat(day["date"]) for day in shown]
    assert dates == [dates[-1] - timedelta(ago) for ago in range(days - 1, -1, -1)]
    assert (shown[-1]["created"], shown[-1]["completed"]) == (1, 1)


# Held against the lists of todos


@pytest.fixture
def drawn(app: Flask, alice: Api) -> tuple[Random, datetime]:
    """Give alice todos of many days around an instant; return it."""
    assert alice.actor
    seed = Random().randrange(10**6)
    print(f"seed {seed}")
    random = Random(seed)
    now = datetime(2026, random.choice((4, 11)), 3, 11, tzinfo=UTC)
    now += timedelta(minutes=random.randrange(60 * 24))
    with app.app_context(), unit_of_work():
        for _ in range(150):
            created = now - timedelta(days=10 * random.random())
            todo_id = todos.create(alice.actor, _body(random, now), at=created).id
            done = created + (now - created) * random.random()
            if random.random() < 0.4:
                status = {"status": random.choice(list(Status))}
                todos.patch(alice.actor, todo_id, status, UNCONDITIONAL, at=done)
            if random.random() < 0.1:
                trash.trash(alice.actor, todo_id, UNCONDITIONAL, at=now)
    return random, now


def _body(random: Random, now: datetime) -> dict[str, Any]:
    due = now + timedelta(minutes=random.randrange(-3000, 3000))
    dues = (None, due.date().isoformat(), due.isoformat(), now.isoformat())
    return {"title": "x", "due_date": random.choice(dues)}


@pytest.mark.parametrize("zone", ZONES)
def test_the_numbers_are_those_of_the_lists(
    app: Flask, alice: Api, drawn: tuple[Random, datetime], zone: str
) -> None:
    random, now = drawn
    with app.app_context(), unit_of_work():
        db.session.query(User).filter_by(username="alice").update({"timezone": zone})
    with app.app_context():
        actor = accounts.acting("alice")
        live = select(Todo).where(Todo.deleted_at.is_(None))
        everything = list(db.session.scalars(live))
        for _ in range(12):
            moment = now + timedelta(minutes=random.randrange(-2000, 2000))
            shown = stats.read(actor, {"days": 9}, now=moment)
            assert shown["overdue"] == _total(actor, {"due": "overdue"}, moment)
            assert shown["due_today"] == _total(actor, {"due": "today"}, moment)
            for status, count in shown["by_status"].items():
                assert count == _total(actor, {"status": [status]}, moment)
            days = list(_days(everything, ZoneInfo(zone), moment))
            assert shown["per_day"] == days


def _total(actor: Actor, query: dict[str, Any], now: datetime) -> int | None:
    asked = {**TodoQuery.defaults(), "count": True, **query}
    return todo_pages.page(actor, asked, None, now=now).total


def _days(everything: list[Todo], zone: ZoneInfo, now: datetime) -> Iterator[dict[str, Any]]:
    created = Counter(todo.created_at.astimezone(zone).date() for todo in everything)
    completed = Counter(
        todo.completed_at.astimezone(zone).date() for todo in everything if todo.completed_at
    )
    today = now.astimezone(zone).date()
    for ago in range(8, -1, -1):
        day = today - timedelta(ago)
        yield {"date": str(day), "created": created[day], "completed": completed[day]}


# Kept in step


class Hand:
    """Writes at random, as a person would through the API."""

    def __init__(self, who: Api, random: Random) -> None:
        self.who, self.random = who, random
        self.lists = [who.make_list(f"List {number}")["id"] for number in range(3)]
        self.undoable: list[str] = []
        self.writes: list[Callable[[], tuple[str, str, Any]]] = [
            *(self.create, self.patch, self.put, self.move, self.trash, self.restore, self.purge),
            *(self.batch, self.undo, self.trash_list, self.restore_list, self.subtask),
            *(self.rename_tag, self.remove_tag),
        ]

    def write(self) -> None:
        method, path, body = self.random.choice(self.writes)()
        response = self.who.call(method, path, body)
        assert response.status_code in (200, 201, 204, 404, 409, 422), response.text
        if "Change-Id" in response.headers:
            self.undoable.append(response.headers["Change-Id"])

    def any_todo(self) -> int:
        trashed = "trashed=true" if self.random.random() < 0.3 else ""
        ids = self.who.ids(f"todos?{trashed}") or self.who.ids() or [1]
        return self.random.choice(ids)

    def body(self) -> dict[str, Any]:
        return {
            "title": "x",
            "status": self.random.choice(list(Status)),
            "due_date": self.random.choice((None, "2020-01-01", utcnow().isoformat())),
            "tags": self.tags(),
        }

    def tags(self) -> list[str]:
        """Return some tags, in one of their spellings."""
        keys = self.random.sample(("home", "work", "tax"), self.random.randint(0, 3))
        return [self.random.choice((key, key.title())) for key in keys]

    def rename_tag(self) -> tuple[str, str, Any]:
        name = self.random.choice(("home", "Work", "TAX", "new"))
        return "PATCH", f"tags/{self.random.choice(('home', 'work', 'new'))}", {"name": name}

    def remove_tag(self) -> tuple[str, str, Any]:
        return "DELETE", "tags/tax", None

    def create(self) -> tuple[str, str, Any]:
        return "POST", "todos", {**self.body(), "list_id": self.random.choice(self.lists)}

    def subtask(self) -> tuple[str, str, Any]:
        parent = self.who.get(f"todos/{self.any_todo()}").get_json()
        place = {"list_id": parent.get("list_id"), "parent_id": parent.get("id")}
        return "POST", "todos", {**self.body(), **place}

    def patch(self) -> tuple[str, str, Any]:
        return "PATCH", f"todos/{self.any_todo()}", self.body()

    def put(self) -> tuple[str, str, Any]:
        return "PUT", f"todos/{self.any_todo()}", self.body()

    def move(self) -> tuple[str, str, Any]:
        place = {"list_id": self.random.choice(self.lists), "parent_id": None}
        return "PATCH", f"todos/{self.any_todo()}", place

    def trash(self) -> tuple[str, str, Any]:
        return "DELETE", f"todos/{self.any_todo()}", None

    def purge(self) -> tuple[str, str, Any]:
        return "DELETE", f"todos/{self.any_todo()}?purge=true", None

    def restore(self) -> tuple[str, str, Any]:
        return "POST", f"todos/{self.any_todo()}/restore", None

    def trash_list(self) -> tuple[str, str, Any]:
        return "DELETE", f"lists/{self.random.choice(self.lists)}", None

    def restore_list(self) -> tuple[str, str, Any]:
        return "POST", f"lists/{self.random.choice(self.lists)}/restore", None

    def batch(self) -> tuple[str, str, Any]:
        creations = [{"op": "create", "todo": self.body()} for _ in range(3)]
        change = {"op": "update", "id": self.any_todo(), "todo": self.body()}
        return "POST", "todos/batch", {"operations": [*creations, change]}

    def undo(self) -> tuple[str, str, Any]:
        change = self.random.choice(self.undoable or ["1"])
        return "POST", f"changes/{change}/undo", None


def test_every_write_is_counted(app: Flask, alice: Api) -> None:
    seed = Random().randrange(10**6)
    print(f"seed {seed}")
    hand = Hand(alice, Random(seed))
    for _ in range(60):
        before = read(alice)
        hand.write()
        counts.are_right(app)
        after = read(alice)
        for name in ("overdue", "due_today"):
            listed = alice.get(f"todos?due={name.removeprefix('due_')}&count=true").get_json()
            assert after[name] == listed["total_count"], (before, after)
        done = alice.get("todos?completed=true&count=true").get_json()["total_count"]
        assert after["per_day"][-1]["completed"] == done


def test_writers_of_one_list_do_not_wait_for_each_others_counts(
    app: Flask, alice: Api, rival: psycopg.Connection[Any]
) -> None:
    """A row that one of them holds until the commit would stop all others."""
    todo = alice.todo()
    done = "UPDATE todo SET status = 'completed', completed_at = updated_at WHERE id = %s"
    rival.execute(done, [todo["id"]])
    for _ in range(2):
        alice.todo()
    assert read(alice)["by_status"]["pending"] == 3  # of what is committed
    rival.commit()
    counts.are_right(app)
    shown = read(alice)
    assert (shown["open"], shown["per_day"][-1]["completed"]) == (2, 1)


def test_a_statement_on_many_todos_changes_each_count_once(
    alice: Api, rival: psycopg.Connection[Any]
) -> None:
    lists = [alice.make_list()["id"] for _ in range(2)]
    for list_id in lists * 3:
        alice.todo(list_id=list_id)
    version = "SELECT list_id, sum(version) FROM todo_count GROUP BY list_id"
    before = dict(rival.execute(version).fetchall())
    rival.execute("UPDATE todo SET status = 'on_hold'")
    rival.execute("UPDATE todo SET title = 'of no account'")
    after = dict(rival.execute(version).fetchall())
    assert {list_id: after[list_id] - before[list_id] for list_id in lists} == dict.fromkeys(
        lists, 1
    )


def test_a_write_that_was_only_tried_is_not_counted(app: Flask, alice: Api) -> None:
    before = read(alice)
    assert alice.post("todos?validate_only=true", {"title": "x"}).status_code == 200
    assert alice.post("todos", {"titel": "x"}).status_code == 422
    counts.are_right(app)
    assert read(alice) == before


def test_what_is_late_from_now_on_is_told_from_now_on(app: Flask, alice: Api) -> None:
    """What is kept in mind for the day holds at any time of it."""
    now = datetime(2026, 6, 15, 12, tzinfo=UTC)
    alice.todo(due_date=now.isoformat())
    with app.app_context():
        actor = accounts.acting("alice")
        tick = timedelta(microseconds=1)
        told = [stats.read(actor, {"days": 1}, now=at) for at in (now - tick, now, now + tick)]
    assert [one["overdue"] for one in told] == [0, 0, 1]


def test_it_takes_as_many_statements_whatever_there_is(app: Flask, alice: Api) -> None:
    read(alice)  # the first use of a key is written down
    taken = []
    for size in (1, 20):
        for number in range(size):
            alice.todo(
                list_id=alice.make_list()["id"], due_date="2020-01-01", completed=number % 2 > 0
            )
        for _ in range(2):
            with counted(app) as statements:
                read(alice, "stats?days=90")
            taken.append(len(statements))
    assert taken == [3, 2, 3, 2]  # what has not changed is not counted again
