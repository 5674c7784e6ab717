"""The page of activity: the change log for people, as far as each of them may read it."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import chain
from typing import Any

import pytest
from flask import Flask

from tests.conftest import ALL_SCOPES
from tests.support.api import Api
from tests.support.row_scopes import keyed
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Forbidden, Invalid
from todoapp.limits import OPERATION_COUNT_MAX, Action, Noun
from todoapp.models import Change
from todoapp.schemas.activity import FIELDS, ActivityFileQuery, ActivityQuery
from todoapp.services import activity, authentication, changes
from todoapp.services.access import Actor, seeing_everyone

Share = Callable[[int, Api, str], None]
Rows = list[dict[str, Any]]


def read(who: Api, everyone: bool = False, **query: Any) -> Rows:
    return pages(who, everyone, **query)[0]


def pages(who: Api, everyone: bool = False, **query: Any) -> list[Rows]:
    """Return every page of what `query` selects."""
    asked = ActivityQuery.parse_query({name: [str(value)] for name, value in query.items()})
    found, place = [], None
    with who.app.app_context():
        while place is not None or not found:
            rows, place = activity.page(acting(who, everyone), asked, place and place[0])
            found.append(rows)
    return found


def acting(who: Api, everyone: bool = False) -> Actor:
    assert who.actor
    return seeing_everyone(who.actor) if everyone else who.actor


def told(rows: Rows, *names: str) -> list[Any]:
    """Return some of each row, the oldest first."""
    return [tuple(row[name] for name in names) for row in reversed(rows)]


@pytest.fixture
def root(person: Callable[..., Api]) -> Api:
    return person("root", [*ALL_SCOPES, "admin"], role="admin")


# What a row tells


def test_a_change_is_told_with_what_a_person_needs_to_read_it(alice: Api) -> None:
    todo = alice.todo(list_id=alice.make_list("Groceries")["id"])
    response = alice.patch(f"todos/{todo['id']}", {"title": "Buy oat milk"})
    history = alice.get(f"todos/{todo['id']}/history").get_json()["changes"][0]
    row = read(alice)[0]
    assert row["id"] == int(response.headers["Change-Id"])
    assert row["at"] == datetime.fromisoformat(history["at"])
    for name in ("operation_id", "actor", "api_key", "address", "user_agent", "action", "diff"):
        assert row[name] == history[name]
    assert (row["name"], row["list_name"]) == ("Buy oat milk", "Groceries")
    assert (row["operation_changes"], row["can_undo"]) == (1, True)


def test_every_kind_of_thing_has_its_name(alice: Api) -> None:
    groceries = alice.make_list()["id"]
    alice.todo(list_id=groceries)
    alice.made("views", {"name": "Late", "filter": "overdue = true", "sort": "due_date"})
    alice.made("api-keys", {"name": "phone", "scopes": ["todos:read"]})
    names = set(told(read(alice), "noun", "name", "list_name"))
    assert names >= {
        ("list", "Groceries", "Groceries"),
        ("todo", "Buy milk", "Groceries"),
        ("view", "Late", None),
        ("api_key", "phone", None),
        ("user", "alice", None),
    }


def test_what_is_gone_has_no_name_and_is_not_brought_back(alice: Api) -> None:
    todo = alice.todo()
    alice.delete(f"todos/{todo['id']}?purge=true")
    rows = read(alice, noun="todo", noun_id=todo["id"])
    assert told(rows, "action", "name", "can_undo", "diff") == [
        ("create", None, False, {}),
        ("purge", None, False, {}),
    ]


def test_the_changes_of_one_call_are_counted(alice: Api, bob: Api, share: Share) -> None:
    own, shared = alice.make_list()["id"], alice.make_list()["id"]
    share(shared, bob, "viewer")
    created = [{"op": "create", "todo": {"title": "x", "list_id": own}} for _ in range(4)]
    created.append({"op": "create", "todo": {"title": "x", "list_id": shared}})
    alice.post("todos/batch", {"operations": created})
    assert [row["operation_changes"] for row in read(alice, noun="todo")] == [5] * 5
    # Others learn of no more than they see.
    assert [row["operation_changes"] for row in read(bob, list_id=shared, noun="todo")] == [1]


def test_the_changes_of_a_large_call_are_counted_only_so_far(alice: Api) -> None:
    list_id = alice.make_list()["id"]
    with alice.app.app_context(), unit_of_work():
        entry = changes.Entry(Noun.TODO, 1, Action.UPDATE, list_id)
        changes.record(alice.actor, [entry] * (OPERATION_COUNT_MAX + 1), at=utcnow())
    assert read(alice)[0]["operation_changes"] == OPERATION_COUNT_MAX


def test_undo_is_offered_where_it_is_possible(alice: Api, bob: Api, share: Share) -> None:
    todo_list = alice.make_list()
    share(todo_list["id"], bob, "viewer")
    alice.todo(list_id=todo_list["id"])
    path = f"lists/{todo_list['id']}/members/bob"
    alice.put(path, {"role": "editor"})
    offered = told(read(alice, list_id=todo_list["id"]), "noun", "action", "can_undo")
    assert offered == [
        ("list", "create", True),
        ("todo", "create", True),
        ("list", "update", False),  # of members
    ]
    assert read(bob, noun="todo")[0]["can_undo"]
    alice.put(path, {"role": "viewer"})
    assert not read(bob, noun="todo")[0]["can_undo"]


def test_the_making_of_an_inbox_is_not_offered_to_be_undone(alice: Api) -> None:
    inbox = alice.todo()["list_id"]
    made = read(alice, list_id=inbox, noun="list")
    assert told(made, "action", "can_undo") == [("create", False)]


def test_what_is_offered_can_be_done(alice: Api) -> None:
    todo = alice.todo()
    for path, body in ((f"todos/{todo['id']}", {"completed": True}), ("lists", {"name": "x"})):
        alice.call("PATCH" if "completed" in body else "POST", path, body)
        newest = read(alice)[0]
        assert newest["can_undo"]
        assert alice.post(f"changes/{newest['id']}/undo").status_code == 200


# Who sees what


def test_people_see_what_happened_in_their_lists_and_to_themselves(
    alice: Api, bob: Api, carol: Api, root: Api, share: Share
) -> None:
    shared = alice.make_list()["id"]
    alice.todo("Secret")
    share(shared, bob, "viewer")
    todo = alice.todo("Shared", list_id=shared)
    seen = told(read(bob, noun="todo"), "noun_id", "name", "actor", "address")
    assert seen == [(todo["id"], "Shared", "alice", None)]
    assert read(carol, noun="todo") == read(root, noun="todo") == []
    assert told(read(root, True, noun="todo"), "name", "address") == [
        ("Secret", "127.0.0.1"),
        ("Shared", "127.0.0.1"),
    ]
    for who in (alice, bob, carol):
        names = {row["name"] for row in read(who, noun="user") + read(who, noun="api_key")}
        assert who.actor
        assert names == {who.actor.username, f"{who.actor.username}'s key"}


def test_a_thing_that_went_elsewhere_is_not_named(alice: Api, bob: Api, share: Share) -> None:
    shared, own = alice.make_list("Ours")["id"], alice.make_list("Mine")["id"]
    share(shared, bob, "editor")
    todo = alice.todo(list_id=shared)
    view = alice.made("views", {"name": "View", "filter": "", "sort": "id", "list_id": shared})
    alice.patch(f"todos/{todo['id']}", {"list_id": own, "title": "Buy a ring"})
    alice.delete(f"views/{view['id']}")
    rows = read(bob, list_id=shared)
    assert {row["name"] for row in rows} == {None, "Ours"}
    assert "ring" not in str(rows)
    alice.delete(f"lists/{shared}/members/bob")
    left = [row for row in read(bob) if row["action"] == "leave"]
    assert [(row["noun"], row["name"], row["list_name"]) for row in left] == [("user", "bob", None)]
    assert read(bob, list_id=shared) == []


def test_the_page_and_the_log_agree_on_what_is_seen(
    alice: Api, bob: Api, root: Api, share: Share
) -> None:
    """Each way to see a change is gone by itself: together they are what `GET /changes` tells."""
    shared = alice.make_list()["id"]
    share(shared, bob, "editor")
    todo = alice.todo(list_id=shared)
    bob.patch(f"todos/{todo['id']}", {"priority": "high"})
    for who in (alice, bob):
        who.todo()
        who.made("views", {"name": "Late", "filter": "overdue = true", "sort": "due_date"})
        who.post("auth/login", {"username": "nobody", "password": "wrong"})
    alice.delete(f"lists/{shared}/members/bob")
    for who, everyone in ((alice, ""), (bob, ""), (root, ""), (root, "?everyone=true")):
        log = who.get(f"changes{everyone}").get_json()["changes"]
        rows = chain.from_iterable(pages(who, bool(everyone), page_size=3))
        assert [row["id"] for row in rows] == [change["id"] for change in reversed(log)]


def test_a_key_that_is_limited_to_some_todos_has_no_activity(alice: Api) -> None:
    bot = keyed(alice)
    with alice.app.app_context():
        actor, _ = authentication.authenticate(bot.key or "", at=utcnow())
        with pytest.raises(Forbidden):
            activity.page(actor, ActivityQuery.defaults(), None)


# Filters and pages


def test_filters_narrow_it(alice: Api, bob: Api, share: Share) -> None:
    shared = alice.make_list()["id"]
    share(shared, bob, "editor")
    mine, his = alice.todo("mine", list_id=shared), bob.todo("his", list_id=shared)
    alice.patch(f"todos/{his['id']}", {"priority": "high"})
    alice.delete(f"todos/{mine['id']}")

    def names(**query: Any) -> list[Any]:
        rows = read(alice, **{"list_id": shared, **query})
        assert rows == [row for row in read(alice) if row["id"] in {one["id"] for one in rows}]
        return told(rows, "action", "name")

    assert names(actor="bob") == [("create", "his")]
    assert names(actor="me") == names(actor="alice")
    assert names(noun="list") == [("create", "Groceries")]
    assert names(noun="todo", noun_id=mine["id"]) == [("create", "mine"), ("trash", "mine")]
    assert names(action="trash") == [("trash", "mine")]
    assert names(action="update", actor="alice") == [("update", "his")]
    assert names(action="update", actor="bob") == names(actor="nobody") == []
    operation = read(alice, action="trash")[0]["operation_id"]
    assert names(operation_id=operation) == [("trash", "mine")]
    assert read(bob, operation_id=read(alice, noun="api_key")[0]["operation_id"]) == []


def test_times_are_days_of_ones_own_or_instants(alice: Api) -> None:
    noon = datetime(2026, 6, 15, 12, tzinfo=UTC)
    list_id = alice.make_list()["id"]
    # In the order of ids these are not in the order of time.
    moments = [noon + timedelta(hours=hours) for hours in (0, 13, -13, 24, -24)]
    with alice.app.app_context():
        for number, at in enumerate(moments):
            with unit_of_work():
                entry = changes.Entry(Noun.TODO, number, Action.UPDATE, list_id)
                changes.record(alice.actor, [entry], at=at)

    def hours(zone: str = "UTC", **query: Any) -> list[int]:
        assert alice.actor
        who = Api(alice.app, alice.key, replace(alice.actor, timezone=zone))
        rows = read(who, noun="todo", **query)
        return sorted(round((row["at"] - noon) / timedelta(hours=1)) for row in rows)

    assert hours(since="2026-06-15", until="2026-06-15") == [0]
    assert hours(since="2026-06-16") == [13, 24]
    assert hours(until="2026-06-14") == [-24, -13]
    assert hours("Asia/Tokyo", since="2026-06-15", until="2026-06-15") == [-13, 0]
    assert hours("Pacific/Kiritimati", until="2026-06-15") == [-24, -13]
    assert hours("Pacific/Kiritimati", since="2026-06-16", until="2026-06-16") == [0, 13]
    assert hours(since=noon.isoformat(), until=noon.isoformat()) == [0]
    assert hours(since="2026-06-15T12:00:01Z") == [13, 24]
    assert hours(since="2030-01-01") == hours(until="1999-01-01") == []
    assert hours(since="2026-06-16", until="2026-06-15") == []


def test_pages_follow_each_other_without_gaps(alice: Api, root: Api) -> None:
    for number in range(7):
        alice.todo(str(number), list_id=alice.make_list()["id"])
    for who, everyone in ((alice, False), (root, True)):
        whole = read(who, everyone, page_size=200)
        assert [row["id"] for row in whole] == sorted((r["id"] for r in whole), reverse=True)
        some = pages(who, everyone, page_size=4)
        assert [len(rows) for rows in some[:-1]] == [4] * (len(some) - 1)
        assert list(chain.from_iterable(some)) == whole
    assert [len(rows) for rows in pages(alice, noun="todo", page_size=7)] == [7]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"noun_id": "7"}, {"noun_id": "needs_noun"}),
        ({"noun": "thing", "noun_id": "0"}, {"noun": "choice", "noun_id": "range"}),
        ({"action": "eat", "since": "soon"}, {"action": "choice", "since": "instant"}),
        ({"operation_id": "x", "list_id": "x"}, {"operation_id": "pattern", "list_id": "type"}),
        ({"actor": "", "page_size": "0"}, {"actor": "blank", "page_size": "range"}),
        ({"who": "alice"}, {"who": "unknown"}),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    query: dict[str, str], expected: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        ActivityQuery.parse_query({name: [value] for name, value in query.items()})
    assert {error.where: error.code for error in refused.value.errors} == expected


# What it costs


@pytest.mark.parametrize("everyone", [False, True])
def test_a_page_takes_as_many_statements_whatever_is_on_it(
    app: Flask, alice: Api, root: Api, everyone: bool
) -> None:
    who, taken = root if everyone else alice, []
    for size in (5, 500):
        with app.app_context(), unit_of_work():
            for number in range(size):
                entry = changes.Entry(Noun.TODO, number, Action.UPDATE)
                changes.record(who.actor, [entry], at=utcnow())
        asked = {**ActivityQuery.defaults(), "page_size": size}
        with counted(app) as statements, app.app_context():
            activity.page(acting(who, everyone), asked, None)
        taken.append(len(statements))
    assert taken == [5, 5]


# As a file


def file(who: Api, everyone: bool = False, **query: str) -> list[dict[str, str]]:
    asked = ActivityFileQuery.parse_query({name: [value] for name, value in query.items()})
    with who.app.app_context():
        whole = b"".join(activity.export(acting(who, everyone), asked)).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(whole)))


def test_a_file_has_all_that_a_page_has(alice: Api, bob: Api) -> None:
    alice.todo("=1+1", list_id=alice.make_list("Groceries")["id"])
    bob.todo()
    rows, lines = read(alice), file(alice)
    assert list(lines[0]) == list(FIELDS)
    assert [line["id"] for line in lines] == [str(row["id"]) for row in rows]
    line = lines[0]
    assert (line["name"], line["list_name"], line["actor"]) == ("'=1+1", "Groceries", "alice")
    assert line["at"].endswith("Z")
    assert '"title":[null,"=1+1"]' in line["diff"]
    assert file(alice, noun="todo", action="trash") == []


def test_a_file_goes_on_after_its_first_part(
    alice: Api, root: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "CHUNK", 2)
    for number in range(5):
        alice.todo(str(number))
    assert [line["name"] for line in file(root, True, noun="todo")] == ["4", "3", "2", "1", "0"]
    with alice.app.app_context():
        assert db.session.query(Change).count() > 5
