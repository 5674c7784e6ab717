"""GET /changes: what was done, in order, for copies that want to stay in step."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import Change
from todoapp.services import changes

Share = Callable[[int, Api, str], None]


def feed(api: Api, query: str = "") -> tuple[list[tuple[str, str, int]], int]:
    """Return noun, action and id of each change, and where to go on."""
    response = api.get(f"changes?{query}")
    assert response.status_code == 200, response.text
    page = response.get_json()
    return [(c["noun"], c["action"], c["noun_id"]) for c in page["changes"]], page["next_after"]


def now(api: Api) -> int:
    """Return where the log ends."""
    return feed(api, "page_size=200")[1]


def test_it_tells_what_was_done_in_order(alice: Api) -> None:
    start = now(alice)
    todo = alice.todo()
    alice.patch(f"todos/{todo['id']}", {"title": "x"})
    groceries = alice.make_list()["id"]
    alice.patch(f"todos/{todo['id']}", {"list_id": groceries})
    alice.delete(f"todos/{todo['id']}?purge=true")
    seen, after = feed(alice, f"after={start}")
    id_ = todo["id"]
    assert seen == [
        ("todo", "create", id_),
        ("todo", "update", id_),
        ("list", "create", groceries),
        ("todo", "leave", id_),
        ("todo", "enter", id_),
        ("todo", "purge", id_),
    ]
    assert feed(alice, f"after={after}") == ([], after)


def test_a_change_says_who_did_what_and_how(alice: Api) -> None:
    start = now(alice)
    made = alice.post("todos", {"title": "x"}, headers={"X-Request-ID": "mine"})
    change = alice.get(f"changes?after={start}").get_json()["changes"][0]
    assert change["id"] == int(made.headers["Change-Id"])
    assert (change["actor"], change["request_id"]) == ("alice", "mine")
    assert change["api_key"]["name"] == "alice's key"
    assert change["diff"]["title"] == [None, "x"]


def test_pages_make_neither_gaps_nor_repeats(alice: Api) -> None:
    start = now(alice)
    ids = [alice.todo()["id"] for _ in range(7)]
    seen: list[int] = []
    after = start
    for size in (3, 3, 1, 5):
        page, after = feed(alice, f"after={after}&page_size={size}")
        seen += [id_ for _, _, id_ in page]
    assert seen == ids


def test_only_what_the_caller_sees_is_told(alice: Api, bob: Api, carol: Api, share: Share) -> None:
    groceries = alice.make_list()["id"]
    share(groceries, bob, "viewer")
    start = now(alice)
    alice.todo("Secret")
    shared = alice.todo("Shared", list_id=groceries)["id"]
    assert feed(bob, f"after={start}")[0] == [("todo", "create", shared)]
    assert feed(carol, f"after={start}")[0] == []


def test_the_place_goes_on_though_nothing_was_seen(alice: Api, carol: Api) -> None:
    start = now(carol)
    alice.todo()
    assert feed(carol, f"after={start}")[1] > start


def test_where_a_todo_came_from_is_told_to_members_of_both(
    alice: Api, bob: Api, share: Share
) -> None:
    groceries = alice.make_list()["id"]
    share(groceries, bob, "viewer")
    start = now(alice)
    todo = alice.todo("Secret")
    alice.patch(f"todos/{todo['id']}", {"list_id": groceries})
    entered = bob.get(f"changes?after={start}").get_json()["changes"]
    assert [change["action"] for change in entered] == ["enter"]
    assert entered[0]["diff"]["list_id"] == [None, groceries]


def test_a_noun_can_be_asked_for(alice: Api) -> None:
    start = now(alice)
    alice.todo()
    groceries = alice.make_list()["id"]
    assert feed(alice, f"after={start}&noun=list")[0] == [("list", "create", groceries)]


def test_keys_are_told_to_their_owner_with_the_scope_for_it(
    person: Callable[..., Api], bob: Api
) -> None:
    alice, narrow = person("alice"), person("dora", ["todos:read"])
    start = now(alice)
    key = alice.made("api-keys", {"name": "x", "scopes": ["account"]})["id"]
    assert ("api_key", "create", key) in feed(alice, f"after={start}")[0]
    assert feed(bob, f"after={start}")[0] == []
    assert feed(narrow, "noun=api_key")[0] == []


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("after=-1", {"after": "range"}),
        ("after=x", {"after": "type"}),
        ("page_size=0", {"page_size": "range"}),
        ("noun=log", {"noun": "choice"}),
        ("before=1", {"before": "unknown"}),
    ],
)
def test_it_refuses_a_wrong_query(alice: Api, query: str, errors: dict[str, str]) -> None:
    assert wrong(alice.get(f"changes?{query}")) == errors


def test_a_place_beyond_the_end_has_nothing_after_it(alice: Api) -> None:
    assert feed(alice, f"after={2**53}") == ([], 2**53)


def test_it_takes_a_fixed_number_of_statements(app: Flask, alice: Api) -> None:
    start = now(alice)
    taken = []
    for size in (1, 20):
        for _ in range(size):
            alice.todo()
        with counted(app) as statements:
            feed(alice, f"after={start}")
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 6


def prune(app: Flask, api: Api, keep: int) -> int:
    """Make all changes up to `keep` old, and forget them; return how many there were."""
    with app.app_context(), unit_of_work():
        old = utcnow() - timedelta(days=401)
        db.session.execute(update(Change).where(Change.id <= keep).values(at=old))
        return changes.prune(before=utcnow() - timedelta(days=400), at=utcnow())


def test_what_is_too_old_is_gone_and_says_so(app: Flask, alice: Api) -> None:
    first = now(alice)
    alice.todo("Old")
    old = now(alice)
    new = alice.todo("New")["id"]
    assert prune(app, alice, old) > 1
    told = problem(alice.get(f"changes?after={first}"), 410, "gone")
    assert told["kept_after"] == old
    assert feed(alice, f"after={old}")[0] == [("todo", "create", new)]
    assert feed(alice)[0] == [("todo", "create", new)]


def test_what_is_kept_stays(app: Flask, alice: Api) -> None:
    start = now(alice)
    todo = alice.todo()["id"]
    assert prune(app, alice, 0) == 0
    assert feed(alice, f"after={start}")[0] == [("todo", "create", todo)]


def test_pruning_twice_remembers_the_later(app: Flask, alice: Api) -> None:
    for _ in range(2):
        alice.todo()
        last = now(alice)
        prune(app, alice, last)
    assert problem(alice.get("changes?after=1"), 410, "gone")["kept_after"] >= last


def log_row(connection: psycopg.Connection[Any], list_id: int, noun_id: int) -> None:
    """Record a change as `changes.record` does, in a transaction of the test's own."""
    connection.execute(
        "INSERT INTO change"
        " (at, operation_id, noun, noun_id, list_id, action, diff, transaction_id)"
        " VALUES (now(), CAST(gen_random_uuid() AS text), 'todo', %s, %s, 'update', '{}',"
        " CAST(CAST(pg_current_xact_id() AS text) AS bigint))",
        [noun_id, list_id],
    )


def test_a_change_with_a_smaller_id_that_commits_later_is_not_missed(
    alice: Api, rival: psycopg.Connection[Any]
) -> None:
    """First interleaving: the rival has begun and numbered its change before, and commits after."""
    inbox = alice.todo()["list_id"]
    start = now(alice)
    log_row(rival, inbox, 4711)
    mine = alice.todo()["id"]
    early, after = feed(alice, f"after={start}")
    rival.commit()
    late, _ = feed(alice, f"after={after}")
    assert early + late == [("todo", "update", 4711), ("todo", "create", mine)]


def test_a_change_that_is_numbered_late_does_not_hide_an_earlier_one(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    """Second interleaving: who began first takes the greater id, and commits first."""
    inbox = alice.todo()["list_id"]
    start = now(alice)
    with psycopg.connect(postgresql_url) as first:
        first.execute("SELECT pg_current_xact_id()")
        log_row(rival, inbox, 2)  # begun later, numbered earlier, and not yet committed
        log_row(first, inbox, 1)
    early, after = feed(alice, f"after={start}")
    rival.commit()
    late, end = feed(alice, f"after={after}")
    assert sorted(early + late) == [("todo", "update", 1), ("todo", "update", 2)]
    assert feed(alice, f"after={end}")[0] == []


def test_somebody_learns_which_lists_came_and_went(
    alice: Api, bob: Api, carol: Api, person: Callable[..., Api]
) -> None:
    """What is recorded in a list tells them of neither: they did not see it, or no longer do."""
    start, others = now(bob), now(carol)
    list_id = alice.make_list()["id"]
    member = f"lists/{list_id}/members/bob"
    alice.put(member, {"role": "viewer"})
    alice.delete(member)
    assert bob.actor
    user_id = bob.actor.user_id
    expected = [("user", "enter", user_id), ("user", "leave", user_id)]
    assert feed(bob, f"after={start}")[0] == expected
    told = bob.get(f"changes?after={start}").get_json()["changes"]
    assert [one["diff"] for one in told] == [
        {"list_id": [None, list_id]},
        {"list_id": [list_id, None]},
    ]
    assert feed(carol, f"after={others}")[0] == []


def test_it_takes_no_scope_but_reading_to_learn_it(alice: Api, person: Callable[..., Api]) -> None:
    reader = person("reader", ["todos:read"])
    start = now(reader)
    list_id = alice.make_list()["id"]
    alice.put(f"lists/{list_id}/members/reader", {"role": "viewer"})
    told = reader.get(f"changes?after={start}&noun=user").get_json()["changes"]
    assert [(one["action"], one["diff"]) for one in told] == [
        ("enter", {"list_id": [None, list_id]})
    ]


def test_where_a_change_came_from_takes_the_scope_account(
    alice: Api, person: Callable[..., Api]
) -> None:
    reader = person("reader", ["todos:read", "todos:write"])
    reader.todo()
    told = reader.get("changes").get_json()["changes"]
    assert {(one["address"], one["user_agent"]) for one in told} == {(None, None)}
    alice.todo()
    assert alice.get("changes").get_json()["changes"][-1]["address"] == "127.0.0.1"
    root = person("root", ["todos:read", "admin"], role="admin")
    everything = root.get("changes?everyone=true&noun=todo").get_json()["changes"]
    assert {one["address"] for one in everything} == {"127.0.0.1"}
