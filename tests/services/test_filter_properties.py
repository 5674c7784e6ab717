"""A random filter selects exactly what a plain reading of it does; random text is read or refused.

Of what fails, the seed is in the test's name and the filter in its message.
"""

import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.support.api import Api
from todoapp import limits, text
from todoapp.db import db, unit_of_work
from todoapp.errors import BadFilter
from todoapp.models import Todo
from todoapp.schemas.todo import TodoQuery
from todoapp.services import filter_language, filters, todo_pages, todos
from todoapp.services.access import Actor
from todoapp.services.preconditions import Precondition

SEEDS = range(4)
TODOS = 90
FILTERS = 80
NOW = datetime(2026, 11, 25, 21, 30, tzinfo=UTC)
ZONES = ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"]
WORDS = ["milk", "oat", "Straße", "STRASSE", "é", "e", "Été", "e-mail", "東京", "x1", "mil", "The"]
TAGS = ["home", "Home", "Café", "cafe\u0301", "work", "a b", 'q"q']
PEOPLE = ["alice", "bob", "nobody"]
PRIORITIES = list(limits.PRIORITY_RANKS)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ORDERED = ["=", "!=", "<", "<=", ">", ">="]


@dataclass
class Comparison:
    """A comparison: as it is written, and what its value means."""

    field: str
    operator: str
    written: str
    value: Any = None


#: A comparison, or ("not", one) or ("and" or "or", some).
Node = Any


class Author:
    """Makes up todos, and filters that some of them fit."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.zone = ZoneInfo(ZONES[seed % len(ZONES)])
        self.of_field: dict[str, Callable[[], tuple[str, str, Any]]] = {
            **dict.fromkeys(("id", "list_id", "parent_id", "version"), self.whole),
            **dict.fromkeys(("created_at", "updated_at", "completed_at", "due_date"), self.moment),
            **dict.fromkeys(("completed", "open", "overdue"), self.flag),
            **dict.fromkeys(("text", "description"), self.words),
            **dict.fromkeys(("assigned_to", "created_by"), self.person),
            "title": self.title,
            "uid": lambda: self.equal(self.chance("abc")),
            "status": lambda: self.equal(self.chance(list(limits.Status))),
            "priority": lambda: (self.chance(ORDERED), *[self.chance(PRIORITIES)] * 2),
            "position": lambda: (self.chance(ORDERED), *self.spelt(self.chance([1.0, 2.5, 40.0]))),
            "tags": self.tag,
        }

    def chance(self, some: Any) -> Any:
        return self.random.choice(list(some))

    # Filters.

    def node(self, depth: int) -> Node:
        kind = self.chance(["test", "test", "and", "or", "not"]) if depth else "test"
        if kind == "not":
            return kind, self.node(depth - 1)
        if kind != "test":
            return kind, [self.node(depth - 1) for _ in range(self.chance([2, 3]))]
        field = self.chance(self.of_field)
        if field not in ("text", "completed", "open", "overdue") and self.random.random() < 0.15:
            return Comparison(field, ":*", "")
        return Comparison(field, *self.of_field[field]())

    def spelt(self, value: Any) -> tuple[str, Any]:
        return str(value), value

    def equal(self, value: Any) -> tuple[str, str, Any]:
        return self.chance(["=", "!="]), *self.spelt(value)

    def whole(self) -> tuple[str, str, Any]:
        some = [*range(4), *(id_ + n for id_ in self.ids for n in (-1, 0)), 2**53]
        return self.chance(ORDERED), *self.spelt(self.chance(some))

    def flag(self) -> tuple[str, str, Any]:
        yes = self.chance([True, False])
        return self.chance(["=", "!="]), str(yes).lower(), yes

    def person(self) -> tuple[str, str, Any]:
        name = self.chance([*PEOPLE, "me"])
        return self.chance(["=", "!="]), name, "alice" if name == "me" else name

    def title(self) -> tuple[str, str, Any]:
        if self.chance([True, False]):
            return self.words()
        title = self.chance(["milk", "MILK", "Straße", "strasse", "oat milk"])
        return self.chance(["=", "!="]), quoted(title), text.fold(title)

    def words(self) -> tuple[str, str, Any]:
        phrase = " ".join(self.chance(WORDS) for _ in range(self.chance([1, 1, 2])))
        is_open = " " not in phrase and self.chance([True, False])
        return ":", phrase if is_open else quoted(phrase), (text.words(phrase), is_open)

    def tag(self) -> tuple[str, str, Any]:
        tag = self.chance([*TAGS, "unheard"])
        return ":", quoted(tag), text.fold(tag)

    def moment(self) -> tuple[str, str, Any]:
        return self.chance(ORDERED), *self.chance([self.day, self.instant, self.relative])()

    def day(self) -> tuple[str, date]:
        return self.spelt(self.today() + timedelta(days=self.chance(range(-3, 4))))

    def instant(self) -> tuple[str, datetime]:
        at = self.some_instant()
        zone = self.chance([UTC, ZoneInfo("Asia/Kolkata")])
        return at.astimezone(zone).isoformat().replace("+00:00", "Z"), at

    def relative(self) -> tuple[str, date]:
        sign, count = self.chance("+-"), self.chance(range(4))
        distance = timedelta(days=count) * (1 if sign == "+" else -1)
        written = f"{sign}{count}d"
        if self.chance([True, False]):
            return f"today{written}", self.today() + distance
        return self.chance([("now", NOW), (f"now{written}", NOW + distance)])

    # Todos.

    def today(self) -> date:
        return NOW.astimezone(self.zone).date()

    def some_instant(self) -> datetime:
        day = self.today() + timedelta(days=self.chance(range(-3, 4)))
        clock = self.chance([time(), time(), time(9, 30), time(23, 59, 59)])
        zone = self.chance([self.zone, self.zone, UTC])
        return self.chance([datetime.combine(day, clock, zone).astimezone(UTC), NOW])

    def todo(self, number: int, list_id: int) -> dict[str, Any]:
        some = [self.chance(WORDS) for _ in range(4)]
        body = {
            "list_id": list_id,
            "title": " ".join(some[: self.chance([1, 1, 2])]),
            "description": self.chance(["", "", " ".join(some[1:])]),
            "status": self.chance(limits.Status),
            "priority": self.chance(PRIORITIES),
            "tags": list({text.fold(tag): tag for tag in self.random.sample(TAGS, 2)}.values()),
            "due_date": self.chance([None, self.instant()[0], self.day()[0], self.day()[0]]),
            "assigned_to": self.chance([None, None, "alice", "bob"]),
            "parent_id": self.chance([None, None, *self.ids[:3]]),
            "position": self.chance([None, 2.5, 1]),
            "uid": "abc"[number] if number < 3 else None,
        }
        return {name: value for name, value in body.items() if self.random.random() < 0.8} | {
            "title": body["title"],
            "list_id": list_id,
        }

    ids: list[int] = []


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(node: Node, author: Author) -> str:
    """Return a filter as somebody might write it."""
    if isinstance(node, Comparison):
        space = author.chance(["", " ", "  "])
        return f"{node.field}{space}{node.operator}{space if node.written else ''}{node.written}"
    word, rest = node
    if word == "not":
        return author.chance(["NOT ", "-"]) + enclosed(rest, author)
    return f" {word.upper()} ".join(enclosed(part, author) for part in rest)


def enclosed(node: Node, author: Author) -> str:
    inner = written(node, author)
    return inner if isinstance(node, Comparison) or node[0] == "not" else f"({inner})"


# The plain reading.


def holds(node: Node, todo: Todo, zone: ZoneInfo) -> bool:
    if isinstance(node, Comparison):
        if node.operator == "!=":
            return not fits(Comparison(node.field, "=", "", node.value), todo, zone)
        return fits(node, todo, zone)
    word, rest = node
    if word == "not":
        return not holds(rest, todo, zone)
    return (all if word == "and" else any)(holds(part, todo, zone) for part in rest)


def fits(test: Comparison, todo: Todo, zone: ZoneInfo) -> bool:
    is_open = todo.status in ("pending", "in_progress", "on_hold")
    late = bool(todo.due_at and todo.due_at < NOW) or bool(
        todo.due_on and todo.due_on < NOW.astimezone(zone).date()
    )
    flags = {"completed": todo.status == "completed", "open": is_open, "overdue": is_open and late}
    if test.field in flags:
        return flags[test.field] == test.value
    if test.field == "tags":
        keys = {text.fold(row.name) for row in todo.tag_rows}
        return bool(keys) if test.operator == ":*" else test.value in keys
    if test.operator == ":":
        texts = {"text": [todo.title, todo.description]}.get(test.field)
        return any(says(t, *test.value) for t in texts or [getattr(todo, test.field)])
    value = value_of(todo, test.field)
    if test.operator == ":*":
        return value not in (None, "")
    return value is not None and compares(value, test, zone)


def value_of(todo: Todo, field: str) -> Any:
    special = {
        "due_date": todo.due_on or todo.due_at,
        "title": text.fold(todo.title),
        "created_by": todo.creator.username,
        "assigned_to": todo.assignee.username if todo.assignee else None,
    }
    return special[field] if field in special else getattr(todo, field)


def says(written: str, phrase: list[str], is_open: bool) -> bool:
    some = text.words(written)
    for start in range(len(some) - len(phrase) + 1):
        here = some[start : start + len(phrase)]
        if here == phrase or (is_open and here[-1].startswith(phrase[-1])):
            return True
    return False


def compares(value: Any, test: Comparison, zone: ZoneInfo) -> bool:
    asked = limits.PRIORITY_RANKS[test.value] if test.field == "priority" else test.value
    if isinstance(value, datetime) and not isinstance(asked, datetime):
        value = value.astimezone(zone).date()
    elif isinstance(asked, datetime) and not isinstance(value, datetime):
        value = datetime.combine(value, time.max, zone)
    return COMPARE[test.operator](value, asked)


# The tests.


@pytest.fixture(params=SEEDS)
def author(request: pytest.FixtureRequest) -> Author:
    return Author(request.param)


@pytest.fixture
def actor(
    app: Flask, author: Author, person: Callable[..., Api], bob: Api, share: Callable[..., None]
) -> Actor:
    """Somebody with a random set of todos, some of them bob's."""
    alice = person("alice", timezone=str(author.zone))
    assert alice.actor
    assert bob.actor
    shared = alice.make_list("Shared")["id"]
    share(shared, bob)
    with app.app_context(), unit_of_work():
        author.ids = []
        for number in range(TODOS):
            maker = author.chance([alice.actor, alice.actor, bob.actor])
            body = author.todo(number, shared)
            author.ids.append(todos.create(maker, body, at=author.some_instant()).id)
        for todo_id in author.random.sample(author.ids, TODOS // 3):
            change = {"status": author.chance(limits.Status)}
            todos.patch(alice.actor, todo_id, change, Precondition(), at=author.some_instant())
    return alice.actor


def test_a_filter_selects_what_a_plain_reading_does(
    app: Flask, author: Author, actor: Actor
) -> None:
    with app.app_context():
        stored = db.session.scalars(db.select(Todo).order_by(Todo.id)).all()
        hits = 0
        for _ in range(FILTERS):
            node = author.node(4)
            asked = written(node, author)
            query = TodoQuery.parse_query({"filter": [asked], "sort": ["id"], "page_size": ["200"]})
            rows = todo_pages.page(actor, query, None, now=NOW).rows
            expected = [todo.id for todo in stored if holds(node, todo, author.zone)]
            assert [row[0] for row in rows] == expected, asked
            hits += 0 < len(expected) < len(stored)
        assert hits > FILTERS / 2, "hardly any of them tells anything"


SOUP = [
    *("AND", "OR", "NOT", "and", "-", "(", ")", "((", "))", '"', '"a b"', '""', "\\", "'", "*"),
    *("=", "!=", "<", "<=", ">", ">=", ":", ":*", "==", "&&", "||", "!", "~", ",", ";", "\t", "\n"),
    *("status", "title", "due_date", "tags", "id", "position", "overdue", "assigned_to", "text"),
    *("pending", "high", "now", "now+7d", "today-2w", "now+1m", "2026-11-30", "2026-02-31", "me"),
    *("1", "-1", "1.5", "9" * 20, "1e999", "true", "null", "none", "ß", "東京", "🎉", "\u0301"),
    *("status = pending", "(id > 3", "tags : home", "title : mil", "\u00a0", "NaN", "0x1", "%s"),
]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_written_is_read_or_refused(app: Flask, alice: Api, seed: int) -> None:
    chance = random.Random(seed)
    assert alice.actor
    read = 0
    for _ in range(2000):
        soup = chance.choice(["", " "]).join(chance.choices(SOUP, k=chance.randint(0, 12)))
        try:
            found = filter_language.parse(soup)
        except BadFilter as refusal:
            [error] = refusal.errors
            assert error.position is not None, soup
            assert 0 <= error.position <= len(soup), soup
            assert error.detail, soup
        else:
            variant, _ = filter_language.bind(found, alice.actor, NOW, "soup")
            filters.condition(variant)
            hash(found)
            read += 1
    assert read, "nothing of it was a filter"


def shapes() -> list[str]:
    """Return what parsers drown in, as long as a filter may be."""
    parts = ("(", ")", "-", "NOT ", '"', "\\", "=", "a", "1", "id=1 AND ", "id=1 OR (", "(-")
    return [
        *((part * limits.FILTER_MAX)[: limits.FILTER_MAX] for part in parts),
        'title : "' + '\\"' * ((limits.FILTER_MAX - 10) // 2),
        "title : id = " + "a-" * 900,
        "due_date < now+" + "9" * 1900,
    ]


@pytest.mark.parametrize("asked", shapes(), ids=lambda asked: asked[:12])
def test_what_parsers_drown_in_is_refused(asked: str) -> None:
    with pytest.raises(BadFilter) as refusal:
        filter_language.parse(asked)
    assert len(refusal.value.detail) < 400
