"""Many todos at once: how many statements that takes, beside others, and with narrow keys."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.support import postgres, serve
from tests.support.api import Api
from tests.support.bulk import Body, Done, matching, read, refused, run, states, take_back, ticked
from tests.support.row_scopes import BOTH
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import close_reader, unit_of_work
from todoapp.errors import Conflict, Forbidden
from todoapp.services.access import Actor
from todoapp.services.todo_drafts import Drafts
from todoapp.services.todo_selection import Selection

EVERY_ACTION: list[Body] = [
    {"action": "complete"},
    {"action": "tag", "tags": ["new"]},
    {"action": "untag", "tags": ["a"]},
    {"action": "priority", "priority": "high"},
    {"action": "assign", "assigned_to": None},
    {"action": "due", "due_date": "2031-01-01"},
    {"action": "move", "list_id": None},
    {"action": "trash"},
]


def many(who: Api, list_id: int, count: int) -> list[Any]:
    """Return new todos of a list that differ, every second one a subtask of the one before."""
    assert who.actor
    with who.app.app_context(), unit_of_work():
        drafts = Drafts(who.actor, at=utcnow())
        for number in range(count):
            drafts.put(
                {
                    **{"title": f"Todo {number}", "list_id": list_id, "tags": ["a", f"t{number}"]},
                    **{"status": ("pending", "in_progress")[number % 2], "assigned_to": "alice"},
                    **{"due_date": utcnow(), "priority": ("low", "medium")[number % 2]},
                }
            )
        ids = [row.id for row in drafts.add()]
    for parent, child in list(zip(ids[::2], ids[1::2], strict=False))[:3]:
        who.patch(f"todos/{child}", {"parent_id": parent})
    return [{"id": id_} for id_ in ids]


@pytest.mark.parametrize("body", EVERY_ACTION, ids=lambda body: body["action"])
def test_it_takes_as_many_statements_for_500_as_for_5(app: Flask, alice: Api, body: Body) -> None:
    taken = []
    for size in (5, 500):
        todos = many(alice, alice.make_list()["id"], size)
        with counted(app) as doing:
            done = run(alice, ticked(*todos), body)
        with counted(app) as undoing:
            take_back(alice, done)
        assert done.count == size
        taken.append((len(doing), len(undoing)))
    assert taken[0] == taken[1], (doing, undoing)


@pytest.mark.parametrize("action", ["restore", "purge"])
def test_the_trash_takes_as_many_for_500_as_for_5(app: Flask, alice: Api, action: str) -> None:
    taken = []
    for size in (5, 500):
        todos = many(alice, alice.make_list()["id"], size)
        run(alice, ticked(*todos), {"action": "trash"})
        with counted(app) as statements:
            assert run(alice, ticked(*todos), {"action": action}).count == size
        taken.append(len(statements))
    assert taken[0] == taken[1], statements


def test_what_differed_comes_back_to_each(alice: Api) -> None:
    list_id = alice.make_list()["id"]
    todos = [
        alice.todo(str(number), list_id=list_id, due_date=due, tags=tags)
        for number, (due, tags) in enumerate(
            [(None, []), ("2030-01-01", ["a"]), ("2030-01-01T10:00:00.123456Z", ["b", "a"])]
        )
    ]
    was = states(alice, *todos)
    for body in ({"action": "due", "due_date": "2031-01-01"}, {"action": "untag", "tags": ["a"]}):
        take_back(alice, run(alice, matching(list_id=str(list_id)), body))
        assert states(alice, *todos) == was


def test_what_has_changed_since_stops_the_undo(alice: Api) -> None:
    todos = [alice.todo() for _ in range(3)]
    done = run(alice, ticked(*todos), {"action": "complete"})
    alice.patch(f"todos/{todos[1]['id']}", {"status": "pending"})
    before = read(alice, *todos)
    with pytest.raises(Conflict) as refusal:
        take_back(alice, done)
    conflict = {"noun": "todo", "id": todos[1]["id"], "fields": ["status"]}
    assert refusal.value.facts["conflicts"] == [conflict]
    assert read(alice, *todos) == before


def test_a_parent_that_has_gone_stops_the_undo_of_a_move(alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    done = run(alice, ticked(child), {"action": "move", "list_id": alice.make_list()["id"]})
    alice.delete(f"todos/{parent['id']}")
    with pytest.raises(Conflict) as refusal:
        take_back(alice, done)
    conflict = {"noun": "todo", "id": child["id"], "fields": ["parent_id"]}
    assert refusal.value.facts["conflicts"] == [conflict]


@pytest.fixture
def narrow(alice: Api) -> Actor:
    """Return Alice as with a key for what is tagged `ci`."""
    assert alice.actor
    return replace(alice.actor, row_filter="tags : ci", called_at=utcnow())


def test_a_key_for_some_todos_changes_those_alone(alice: Api, narrow: Actor) -> None:
    inside, outside = alice.todo(tags=["CI"]), alice.todo(tags=["paint"])
    done = run(alice, ticked(inside, outside), {"action": "complete"}, actor=narrow)
    assert done.count == 1
    assert run(alice, matching(), {"action": "tag", "tags": ["x"]}, actor=narrow).count == 1
    assert read(alice, outside) == [outside]


LEAVING: list[Body] = [
    {"action": "untag", "tags": ["ci"]},
    {"action": "trash"},
    {"action": "move", "list_id": None},
]


@pytest.mark.parametrize("body", LEAVING, ids=lambda body: body["action"])
def test_such_a_key_leaves_nothing_outside_and_takes_nothing_along(
    alice: Api, narrow: Actor, body: Body
) -> None:
    list_id = alice.make_list()["id"]
    inside = alice.todo(tags=["ci"], list_id=list_id)
    other = alice.todo(tags=["ci"], list_id=list_id)
    alice.todo("Below", parent_id=inside["id"], list_id=list_id)
    error = refused(alice, ticked(inside, other), body, actor=narrow)
    assert isinstance(error, Forbidden)
    assert error.code == "outside-filter"


def test_a_key_for_some_lists_changes_nothing_elsewhere(alice: Api) -> None:
    here, there = (alice.make_list()["id"] for _ in range(2))
    inside, outside = alice.todo(list_id=here), alice.todo(list_id=there)
    made = alice.made("api-keys", {"name": "x", "scopes": BOTH, "list_ids": [here]})
    assert alice.actor
    limited = replace(alice.actor, key_id=made["id"], sight="limited")
    for selection in (ticked(inside, outside), matching()):
        run(alice, selection, {"action": "tag", "tags": ["x"]}, actor=limited)
        assert read(alice, inside)[0]["tags"] == ["x"]
        assert read(alice, outside) == [outside]


def test_an_administrator_who_sees_everyones_changes_everyones(alice: Api, bob: Api) -> None:
    theirs, own = alice.todo(), bob.todo()
    assert bob.actor
    everyone = replace(bob.actor, sight="everyone")
    assert run(bob, matching(), {"action": "complete"}, actor=everyone).count == 2
    assert [todo["completed"] for todo in read(alice, theirs) + read(bob, own)] == [True, True]


def run_elsewhere(who: Api, selection: Selection, body: Body) -> Done:
    try:
        return run(who, selection, body)
    finally:
        close_reader()  # a thread that ends leaves none open


@pytest.mark.parametrize("by_query", [False, True])
def test_what_somebody_changes_meanwhile_is_looked_at_again(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str, by_query: bool
) -> None:
    """A todo that no longer matches is passed over; one that was ticked keeps what others did."""
    first, second = alice.todo("One"), alice.todo("Two")
    rival.execute("UPDATE todo SET priority = 4, title = 'x' WHERE id = %s", [second["id"]])
    selection = matching(priority="medium") if by_query else ticked(first, second)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(run_elsewhere, alice, selection, {"action": "complete"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the writer to wait")
        rival.commit()
        assert late.result().count == 2 - by_query
    one, two = read(alice, first, second)
    assert (one["completed"], two["completed"]) == (True, not by_query)
    assert (two["title"], two["priority"]) == ("x", "critical")


def test_what_somebody_purges_meanwhile_is_passed_over(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    first, second = alice.todo(), alice.todo()
    rival.execute("DELETE FROM todo WHERE id = %s", [second["id"]])
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(run_elsewhere, alice, ticked(first, second), {"action": "complete"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the writer to wait")
        rival.commit()
        assert late.result().count == 1
