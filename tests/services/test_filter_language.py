"""The filter language: what no table tells."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from tests.support.api import Api
from todoapp.db import db, unit_of_work
from todoapp.errors import BadFilter, Malformed
from todoapp.limits import FILTER_MAX
from todoapp.schemas.todo import TodoQuery
from todoapp.services import filter_language, todo_pages, todo_selects, todos
from todoapp.services.access import Actor
from todoapp.services.filters import candidate, condition

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # just before Berlin loses an hour


@pytest.fixture
def actor() -> Actor:
    return Actor(user_id=1, username="alice", timezone="Europe/Berlin", scopes=frozenset())


def code(text: str) -> tuple[int | None, str]:
    """Return where a filter is refused, and by which code."""
    with pytest.raises(Malformed) as refusal:
        filter_language.parse(text)
    assert isinstance(refusal.value, BadFilter)
    assert refusal.value.code == "bad-filter"
    [error] = refusal.value.errors
    assert (error.where, error.in_query) == ("filter", True)
    assert error.detail == refusal.value.detail
    return error.position, error.code


def detail(text: str) -> str:
    with pytest.raises(BadFilter) as refusal:
        filter_language.parse(text)
    return refusal.value.detail


def bound(text: str, actor: Actor, prefix: str = "f") -> dict[str, object]:
    return filter_language.bind(filter_language.parse(text), actor, NOW, prefix)[1]


# What shares a statement.


def test_filters_of_one_structure_have_one_variant(actor: Actor) -> None:
    texts = (
        "tags : home AND NOT (due_date < 2026-01-01 OR assigned_to = me)",
        '(tags:"a b")AND-(due_date<today-9w OR assigned_to=bob)',
    )
    variants = [filter_language.bind(filter_language.parse(t), actor, NOW, "f") for t in texts]
    assert variants[0][0] == variants[1][0]
    assert hash(variants[0][0]) == hash(variants[1][0])
    assert variants[0][1].keys() == variants[1][1].keys()
    assert variants[0][1] != variants[1][1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("id = 1", "id != 1"),
        ("id = 1", "version = 1"),
        ("id < 1", "id <= 1"),
        ("id = 1 AND id = 2", "id = 1 OR id = 2"),
        ("due_date < today", "due_date < now"),
        ("title : a", "title = a"),
        ("id = 1 AND NOT (id = 2 AND id = 3)", "id = 1 AND NOT (id = 2 OR id = 3)"),
    ],
)
def test_filters_of_another_structure_have_another(actor: Actor, one: str, other: str) -> None:
    variants = [
        filter_language.bind(filter_language.parse(text), actor, NOW, "f")[0]
        for text in (one, other)
    ]
    assert variants[0] != variants[1]


def test_the_same_structure_with_other_values_is_prepared_once(app: Flask, alice: Api) -> None:
    todo = alice.todo(tags=["home"])
    path = "todos?filter=tags:{} AND NOT description:{} AND due_date != {}"
    assert alice.ids(path.format("home", "work", "today")) == [todo["id"]]
    with patch.object(todo_selects, "_select") as built:
        assert alice.ids(path.format("other", "milk", "2026-01-01")) == []
    built.assert_not_called()


def test_no_text_is_cut_that_has_the_words_nowhere(actor: Actor) -> None:
    """To cut a text takes longer than to search it, and most do not have them."""
    variant, _ = filter_language.bind(filter_language.parse("description : a"), actor, NOW, "f")
    written = str(condition(variant).compile(dialect=sqlite.dialect()))
    assert written.startswith("instr(candidate.search_text, ?) > ? AND instr(substr(")


def test_two_filters_fit_into_one_statement(app: Flask, alice: Api) -> None:
    ids = [alice.todo(str(number), tags=["a"] * (number % 2))["id"] for number in range(6)]
    assert alice.actor
    row = "tags : a AND created_at > 2026-01-01"
    texts = {"row": row, "filter": f"id >= {ids[2]} AND due_date != today"}
    statement, values = select(candidate.c.id).order_by(candidate.c.id), {}
    for prefix, text in texts.items():
        expression = filter_language.parse(text)
        variant, some = filter_language.bind(expression, alice.actor, NOW, prefix)
        statement, values = statement.where(condition(variant)), values | some
    with app.app_context():
        assert db.session.scalars(statement, values).all() == [ids[3], ids[5]]


def test_what_is_not_negated_stays_plain(actor: Actor) -> None:
    text = "created_by = me AND NOT (list_id = 3 OR NOT tags : home)"
    variant, _ = filter_language.bind(filter_language.parse(text), actor, NOW, "f")
    written = [
        str(condition(variant).compile(dialect=dialect))
        for dialect in (sqlite.dialect(), postgresql.dialect())
    ]
    assert [sql.count(" IS NOT 1") for sql in written] == [1, 0]
    assert [sql.count(" IS NOT true") for sql in written] == [0, 1]
    assert all("NOT (" not in sql for sql in written)


# What values mean.


def test_days_from_now_have_24_hours_and_those_from_today_are_days(actor: Actor) -> None:
    assert bound("created_at < now+1d", actor)["f_0"] == NOW + timedelta(hours=24)
    midnight = datetime(2026, 3, 29, 22, tzinfo=UTC)  # of the 30th, by summer time
    assert bound("created_at < today+1d", actor)["f_0_start"] == midnight


def test_me_is_whoever_asks_and_the_tree_knows_nobody(actor: Actor) -> None:
    assert bound("assigned_to = me", actor) == {"f_0": "alice"}
    assert filter_language.parse("assigned_to = me") == filter_language.parse('assigned_to="me"')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("overdue = true", "due=overdue"),
        ("due_date = today", "due=today"),
        ("due_date:*", "due=any"),
        ("NOT due_date:*", "due=none"),
        ("due_date < 2026-03-29", "due_before=2026-03-29"),
        ("due_date > 2026-03-29", "due_after=2026-03-29"),
        ("due_date < 2026-03-28T23:00:00Z", "due_before=2026-03-28T23:00:00Z"),
        ("due_date > 2026-03-28T23:00:00Z", "due_after=2026-03-28T23:00:00Z"),
        ("updated_at >= 2026-03-28T23:00:00Z", "updated_since=2026-03-28T23:00:00Z"),
        ("completed = false", "completed=false"),
        ("priority = low OR priority = high", "priority=low,high"),
        ("tags : HOME AND tags : café", "tags=home,CAFÉ"),
        ("NOT assigned_to:*", "assigned_to=none"),
        ("NOT parent_id:*", "parent_id=none"),
    ],
)
def test_it_agrees_with_the_other_parameters(
    app: Flask, person: Callable[..., Api], one: str, other: str
) -> None:
    alice = person("alice", timezone="Europe/Berlin")
    assert alice.actor
    dues = [None, "2026-03-28", "2026-03-29", "2026-03-30"]
    dues += [f"2026-03-{day}T{time}Z" for day in (28, 29) for time in ("22:00:00", "23:00:00")]
    dues += ["2026-03-28T22:59:59.999999Z", NOW.isoformat()]
    with app.app_context(), unit_of_work():
        for number, due in enumerate(dues * 2):
            body = {"title": "x", "due_date": due, "status": ["pending", "completed"][number % 2]}
            body |= {"priority": ["low", "medium", "high"][number % 3], "tags": []}
            body |= {"assigned_to": [None, "alice"][number % 2]}
            if number % 4 == 0:
                body |= {"tags": ["Home", "Café"]}
            todos.create(alice.actor, body, at=NOW + timedelta(hours=number - 8))
    with app.app_context():
        name, _, value = other.partition("=")
        pages = [
            todo_pages.page(alice.actor, TodoQuery.parse_query(query), None, now=NOW)
            for query in ({"filter": [one]}, {name: [value]})
        ]
    found = [[row[0] for row in page.rows] for page in pages]
    assert found[0] == found[1]
    assert len(found[0]) > 0 or "parent_id" in one


# What is out of the common.


@pytest.mark.parametrize(
    "text",
    [
        "version = 9007199254740992",
        "version > -9007199254740992",
        "id != 9007199254740992 OR parent_id = 0",
        "position < 9007199254740992 AND position > -9007199254740992.0",
        "created_at > 1900-01-01 AND due_date < 9998-12-31",
        "due_date <= 9998-12-31T23:59:59.999999999Z OR due_date >= 1900-01-01T00:00:00Z",
        "created_at < now+36500d AND created_at > today-5214w AND updated_at > now-876000h",
        'uid != "%s :x ? \\" \\\\ \' 🎉" AND title != "\t"',
        f'title != "{"ß" * 900}" AND NOT text : "{"x " * 400}"',
        "title : \ufdfa OR NOT tags : \ufdfa",
        "created_by = nobody-there OR created_by = me",
        "\n id > 0 \u00a0 AND\tid > 0 ",
    ],
)
def test_extremes_are_answered(alice: Api, text: str) -> None:
    alice.todo(due_date="2030-01-01")
    page = alice.get("todos", query_string={"filter": text, "count": "true"})
    assert page.status_code == 200, page.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, "syntax")),
        (" ", (1, "syntax")),
        ("()", (1, "syntax")),
        ("id = 1 OR", (9, "syntax")),
        ("OR id = 1", (0, "syntax")),
        ("= 1", (0, "syntax")),
        ("! id = 1", (0, "syntax")),
        ("or", (0, "syntax")),
        ("NOT not id = 1", (4, "syntax")),
        ('"oat milk"', (0, "syntax")),
        ("id = 1)", (6, "syntax")),
        ("((id = 1)", (0, "syntax")),
        ("status : (pending OR completed)", (9, "syntax")),
        ("id = 1 (id = 2)", (7, "syntax")),
        ("id = 1 NOT id = 2", (7, "syntax")),
        ("id = 1 -id = 2", (7, "syntax")),
        ("id = 1 || id = 2", (7, "syntax")),
        ("id = 1 ^^ id = 2", (7, "syntax")),
        ("id <> 1", (3, "syntax")),
        ("id =! 1", (3, "syntax")),
        ("title = a=b", (9, "syntax")),
        ("open=true&&id=1", (9, "syntax")),
        ("open=true|id=1", (9, "syntax")),
        ('title = "a\\n"', (10, "syntax")),
        ('title = "a\\', (10, "syntax")),
        ("due_date < now - 2w", (15, "syntax")),
        ("id = 1 AND id = 2 OR id = 3", (18, "mixed")),
        ("id = 1 AND (id = 2 OR id = 3 AND id = 4)", (29, "mixed")),
        ("xyzzy = 1", (0, "unknown_field")),
        ("Status = pending", (0, "unknown_field")),
        ("status < pending", (7, "operator")),
        ("text = milk", (5, "operator")),
        ("text:*", (4, "operator")),
        ("overdue : *", (8, "operator")),
        ("title = *", (8, "value")),
        ("due_date = *", (11, "value")),
        ('due_date = ""', (11, "value")),
        ("assigned_to != none", (15, "value")),
        ("assigned_to = Alice", (14, "value")),
        ("priority > 3", (11, "value")),
        ("id = 9007199254740993", (5, "value")),
        ("id = ٣", (5, "value")),
        ("position = 1e3", (11, "value")),
        ("position = 9007199254740993.5", (11, "value")),
        ("completed = TRUE", (12, "value")),
        ("title : 🎉", (8, "value")),
        ("title = \x07", (8, "value")),
        ("uid = \ud800", (6, "value")),
        ("due_date = soon", (11, "value")),
        ("due_date = nowadays", (11, "value")),
        ("due_date = today+12h", (11, "value")),
        ("due_date = now+5y", (11, "value")),
        ("due_date = now+36501d", (11, "value")),
        ("due_date = 2026-02-30", (11, "value")),
        ("due_date = 1899-12-31", (11, "value")),
        ("due_date = 2026-11-30+7d", (11, "value")),
        ("x" * (FILTER_MAX + 1), (FILTER_MAX, "too_long")),
    ],
)
def test_what_is_wrong_has_a_place_and_a_code(text: str, expected: tuple[int, str]) -> None:
    assert code(text) == expected


@pytest.mark.parametrize(
    ("text", "advised"),
    [
        ("Status = pending", "did you mean `status`?"),
        ("due = today", "did you mean `due_date`?"),
        ("zz = today", "the fields are `id`, `uid`,"),
        ("assignee = me", "did you mean `assigned_to`?"),
        ("id = 1 | id = 2", "write `OR`"),
        ("! id = 1", "write `NOT`"),
        ("Not id = 1", "keywords are upper case"),
        ("title =~ milk", "write `:`"),
        ("id =! 1", "`=`, `!=`, `<`, `<=`, `>`, `>=` and `:`"),
        ("title = a=b", "needs double quotes"),
        ("due_date != null", "write `due_date:*`"),
        ("due_date = *", "write `due_date:*`"),
        ("due_date = Yesterday", "write `today-1d`"),
        ("due_date < now+1y", "hours, days, weeks, as in `now+7d`"),
        ("x" * 500 + " = 1", f"`{'x' * 40}…`"),
    ],
)
def test_the_refusal_says_what_to_write(text: str, advised: str) -> None:
    assert advised in detail(text)
