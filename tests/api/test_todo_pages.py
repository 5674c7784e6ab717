"""Pages of todos: their size, their tokens, and a walk that neither skips nor repeats."""

from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.limits import COUNT_MAX
from todoapp.models import Todo
from todoapp.schemas.todo import SORTS
from todoapp.services import todos_by_tag
from todoapp.text import fold

RANKS = {"low": 1, "medium": 2, "high": 3, "critical": 4}
DIRECTIONS = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]


def walk(api: Api, path: str) -> list[Any]:
    """Return the todos of every page, following the links."""
    todos: list[Any] = []
    for _ in range(100):
        page = api.get(path)
        assert page.status_code == 200, page.text
        todos += page.get_json()["todos"]
        if page.get_json()["next_page_token"] is None:
            assert "Link" not in page.headers
            return todos
        url, _, relation = page.headers["Link"].partition("; ")
        assert relation == 'rel="next"'
        assert url.startswith("<http://localhost/api/v1/")
        path = urlsplit(url.strip("<>"))._replace(scheme="", netloc="").geturl()
    raise AssertionError("The pages do not end.")


@pytest.mark.parametrize("few", [0, todos_by_tag.FEW])
@pytest.mark.parametrize("sort", ["created_at", "-created_at", "id", "-title"])
def test_pages_of_a_tag_hold_what_has_it_and_nothing_else(
    alice: Api, bob: Api, share: Any, monkeypatch: pytest.MonkeyPatch, sort: str, few: int
) -> None:
    """They are found in another way when few have it."""
    monkeypatch.setattr(todos_by_tag, "FEW", few)
    places = [None, alice.make_list()["id"], bob.make_list("Shared")["id"]]
    share(places[2], alice, "editor")
    made = []
    for number in range(24):
        tags = [name for name, each in (("Home", 2), ("work", 3)) if number % each == 0]
        values = {"list_id": places[number % 5 % 3], "tags": tags, "completed": number % 4 == 0}
        made.append(alice.todo(f"{number:02}", **values))
    bob.todo("invisible", tags=["home", "work"])
    alice.delete(f"todos/{made[6]['id']}")
    alice.patch(f"todos/{made[12]['id']}", {"list_id": places[1], "tags": ["WORK", "home"]})
    for filters, wanted in {
        "tags=home": {0, 2, 4, 8, 10, 12, 14, 16, 18, 20, 22},
        "tags=work,home": {0, 12, 18},
        "tags=home&completed=false": {2, 10, 14, 18, 22},
        "tags=home&trashed=true": {6},
        f"tags=work&list_id={places[1]}": {9, 12, 21},
        "tags=unheard": set(),
    }.items():
        titles = [todo["title"] for todo in walk(alice, f"todos?{filters}&sort={sort}&page_size=2")]
        assert titles == sorted((f"{n:02}" for n in wanted), reverse=sort[0] == "-"), filters
        counted = alice.get(f"todos?{filters}&count=true").get_json()["total_count"]
        assert counted == len(wanted), filters


@pytest.fixture
def todos(alice: Api, bob: Api, share: Any) -> list[Any]:
    """Return alice's todos, in three lists, with many ties and many unset values."""
    shared = bob.make_list("Shared")["id"]
    share(shared, alice, "viewer")
    own = alice.make_list("Own")["id"]
    made = []
    for number in range(12):
        values = {
            "priority": ("low", "critical", "medium")[number % 3],
            "position": (1, 2.5)[number % 2],
            "due_date": (None, "2030-01-02", "2030-01-02T00:00:00Z", "2029-12-31")[number % 4],
            "completed": number % 3 == 0,
        }
        title = ("straße", "Strasse", "äpfel", "Zebra", "")[number % 5] + f" {number % 2}"
        made.append(alice.todo(title, list_id=(None, own)[number % 2], **values))
        if number % 4 == 0:
            made.append(bob.todo(title, list_id=shared, **values))
    carols = bob.todo("Not in any list that alice sees")
    assert carols["id"] not in alice.ids()
    return made


def in_order(todos: list[Any], sort: str) -> list[int]:
    """Return the ids as `sort` wants them, worked out without a database."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")

    def key(todo: Any) -> Any:
        value = todo[name]
        if name == "priority":
            return RANKS[value]
        if name == "due_date" and len(value) == len("2030-01-02"):
            return f"{value}T00:00:00Z"
        return fold(value) if name == "title" else value

    having = [todo for todo in todos if todo[name] is not None]
    unset = [todo for todo in todos if todo[name] is None]
    having.sort(key=lambda todo: (key(todo), todo["id"]), reverse=descending)
    unset.sort(key=lambda todo: todo["id"], reverse=descending)
    return [todo["id"] for todo in having + unset]


@pytest.mark.parametrize("sort", DIRECTIONS)
def test_a_walk_meets_every_todo_once_in_order(alice: Api, todos: list[Any], sort: str) -> None:
    expected = in_order(todos, sort)
    for size in (1, 2, 4, 200):
        walked = walk(alice, f"todos?sort={sort}&page_size={size}")
        assert [todo["id"] for todo in walked] == expected


@pytest.mark.parametrize("sort", DIRECTIONS)
def test_what_is_inserted_meanwhile_makes_no_gap_and_no_repeat(
    alice: Api, todos: list[Any], sort: str
) -> None:
    path, walked, late = f"todos?sort={sort}&page_size=3", [], []
    token: str | None = ""
    while token is not None:
        page = alice.get(path + (f"&page_token={token}" if token else "")).get_json()
        walked += page["todos"]
        token = page["next_page_token"]
        if len(late) < 12:
            late.append(alice.todo("0 first", due_date="1999-01-01", priority="low"))
            late.append(alice.todo("zz last", completed=True, position=99, priority="critical"))
    ids = [todo["id"] for todo in walked]
    assert len(ids) == len(set(ids))
    assert [id_ for id_ in ids if id_ in {todo["id"] for todo in todos}] == in_order(todos, sort)
    assert ids == in_order([t for t in todos + late if t["id"] in set(ids)], sort)


def test_long_titles_fit_into_a_token(alice: Api) -> None:
    for offset in range(3):
        alice.todo("".join(chr(0x20000 + (offset + i * 7919) % 40_000) for i in range(500)))
    titles = [todo["title"] for todo in walk(alice, "todos?sort=title&page_size=1")]
    assert len(titles) == 3
    assert all(fold(one) <= fold(other) for one, other in pairwise(titles))


def test_the_page_size_has_bounds(alice: Api) -> None:
    for number in range(3):
        alice.todo(f"{number}")
    assert len(alice.ids("todos?page_size=1")) == 1
    assert len(alice.ids("todos?page_size=201")) == 3
    assert len(alice.ids("todos?page_size=9007199254740992")) == 3
    for size, code in (("0", "range"), ("-1", "range"), ("x", "type"), ("1.5", "type")):
        assert wrong(alice.get(f"todos?page_size={size}")) == {"page_size": code}


@pytest.fixture
def many(app: Flask, alice: Api) -> None:
    """Add more todos than are counted, straight into alice's Inbox."""
    inbox_id = alice.get("me").get_json()["inbox_id"]
    assert alice.actor
    shared = {"list_id": inbox_id, "created_by_id": alice.actor.user_id, "version": 1}
    shared |= {"status": "pending", "priority": 2, "description": "", "position": 1.0}
    shared |= {"created_at": utcnow(), "updated_at": utcnow(), "title": "x", "title_key": "x"}
    with app.app_context(), unit_of_work():
        rows = [{**shared, "uid": str(number)} for number in range(COUNT_MAX + 1)]
        db.session.execute(Todo.__table__.insert(), rows)
        if db.session.get_bind().dialect.name == "postgresql":
            # Else the keys are checked by plans made for an empty table, which takes seconds.
            db.session.execute(text("ANALYZE todo"))


def test_the_count_is_of_all_pages_and_stops_at_ten_thousand(alice: Api, many: None) -> None:
    page = alice.get("todos?count=true&page_size=300").get_json()
    assert len(page["todos"]) == 200
    assert (page["total_count"], page["total_count_capped"]) == (10_000, True)
    one = page["todos"][0]["id"]
    alice.delete(f"todos/{one}?purge=true")
    page = alice.get("todos?count=true&page_size=1").get_json()
    assert (page["total_count"], page["total_count_capped"]) == (10_000, False)
    alice.patch(f"todos/{page['todos'][0]['id']}", {"priority": "high"})
    page = alice.get("todos?count=true&priority=high").get_json()
    assert (page["total_count"], page["total_count_capped"]) == (1, False)


def test_nothing_is_counted_unless_asked(alice: Api) -> None:
    assert set(alice.get("todos").get_json()) == {"todos", "next_page_token"}


def test_fields_leave_out_the_others(alice: Api) -> None:
    todo = alice.todo(tags=["Home"])
    page = alice.get("todos?fields=id,tags, title,id").get_json()
    assert page["todos"] == [{"id": todo["id"], "tags": ["Home"], "title": "Buy milk"}]
    assert list(page["todos"][0]) == ["id", "tags", "title"]
    assert wrong(alice.get("todos?fields=id,secret_hash")) == {"fields": "choice"}
    assert wrong(alice.get("todos?fields=")) == {"fields": "blank"}


@pytest.fixture
def token(alice: Api) -> str:
    alice.todo("1")
    alice.todo("2")
    page = alice.get("todos?page_size=1&status=pending&sort=title").get_json()
    return str(page["next_page_token"])


@pytest.mark.parametrize(
    "query",
    [
        "status=pending",
        "sort=title",
        "status=pending,completed&sort=title",
        "status=pending&sort=-title",
        "status=pending&sort=title&trashed=true",
        "status=pending&sort=title&list_id=1",
    ],
)
def test_a_token_is_good_for_its_own_filters_and_sort_only(
    alice: Api, token: str, query: str
) -> None:
    problem(alice.get(f"todos?{query}&page_token={token}"), 400, "bad-page-token")


def test_a_token_lets_size_count_and_fields_change(alice: Api, token: str) -> None:
    shown = "page_size=2&count=true&fields=title"
    page = alice.get(f"todos?sort=title&status=pending&page_token={token}&{shown}").get_json()
    assert page["todos"] == [{"title": "2"}]
    assert page["total_count"] == 2


def test_a_token_is_good_for_its_own_caller_and_path_only(alice: Api, bob: Api, token: str) -> None:
    query = f"status=pending&sort=title&page_token={token}"
    problem(bob.get(f"todos?{query}"), 400, "bad-page-token")
    problem(alice.get(f"lists?page_token={token}"), 400, "bad-page-token")
    problem(alice.get(f"api-keys?page_token={token}"), 400, "bad-page-token")


def test_a_tampered_token_is_refused(alice: Api, token: str) -> None:
    half = len(token) // 2
    other = "A" if token[half] != "A" else "B"
    tampered = [f"{token[:half]}{other}{token[half + 1 :]}", token[:-2], f"x{token}", "", "."]
    for one in tampered:
        response = alice.get("todos", query_string=f"status=pending&sort=title&page_token={one}")
        problem(response, 400, "bad-page-token")


def test_an_unknown_or_repeated_parameter_is_refused(alice: Api) -> None:
    assert wrong(alice.get("todos?colour=red&sort=size")) == {"colour": "unknown", "sort": "choice"}
    assert wrong(alice.get("todos?sort=id&sort=id")) == {"sort": "repeated"}
