"""A key with a filter writes inside of it, and leaves nothing outside."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from tests.support.row_scopes import SECRET, filled, keyed, outside_filter
from todoapp.clock import utcnow

Share = Callable[[int, Api, str], None]


def test_as_a_parent_it_is_one_that_is_not_there(
    alice: Api, bot: Api, inside: Any, outside: Any
) -> None:
    details = []
    for parent_id in (outside["id"], 987_654_321):
        for response in (
            bot.post("todos", {"title": "x", "tags": ["ci"], "parent_id": parent_id}),
            bot.patch(f"todos/{inside['id']}", {"parent_id": parent_id}),
        ):
            assert wrong(response) == {"/parent_id": "unknown"}
            details.append(response.get_json()["errors"][0]["detail"])
    assert len(set(details)) == 1


def test_one_below_such_a_parent_stays_there(alice: Api, bot: Api, outside: Any) -> None:
    child = alice.todo("Build", tags=["ci"], parent_id=outside["id"])
    read = bot.get(f"todos/{child['id']}").get_json()
    assert bot.put(f"todos/{child['id']}", {**read, "title": "y"}).get_json()["parent_id"]


def test_it_works_inside(alice: Api, bot: Api, inside: Any) -> None:
    made = bot.todo("Deploy", tags=["ci"], parent_id=inside["id"])
    path = f"todos/{made['id']}"
    assert bot.patch(path, {"status": "completed"}).status_code == 200
    assert bot.put(path, {"title": "y", "tags": ["ci", "b"]}).status_code == 200
    assert bot.get(f"{path}/history").get_json()["changes"][0]["action"] == "update"
    assert bot.delete(f"todos/{inside['id']}").status_code == 204  # with what is below it
    assert bot.post(f"todos/{inside['id']}/restore").status_code == 200
    assert bot.delete(f"{path}?purge=true").status_code == 204
    operations = [
        {"op": "create", "todo": {"title": "a", "tags": ["ci"]}},
        {"op": "update", "id": inside["id"], "todo": {"title": "b"}},
        {"op": "delete", "id": inside["id"]},
        {"op": "restore", "id": inside["id"]},
    ]
    results = bot.post("todos/batch", {"operations": operations}).get_json()["results"]
    assert [one["todo"]["title"] for one in results] == ["a", "b", "b", "b"]


LEAVING: list[tuple[str, str, Any]] = [
    ("POST", "todos", {"title": "x"}),
    ("PATCH", "todos/{id}", {"tags": ["paint"]}),
    ("PUT", "todos/{id}", {"title": "x"}),
    ("POST", "todos/batch", {"operations": [{"op": "create", "todo": {"title": "x"}}]}),
    (
        "POST",
        "todos/batch",
        {"operations": [{"op": "update", "id": "{id}", "todo": {"tags": []}}]},
    ),
]


@pytest.mark.parametrize(("method", "path", "body"), LEAVING)
def test_no_write_leaves_a_todo_outside(
    alice: Api, bot: Api, inside: Any, method: str, path: str, body: Any
) -> None:
    before = alice.get("todos").get_json()
    for tried in ("", "?validate_only=true"):
        response = bot.call(
            method, path.format(id=inside["id"]) + tried, filled(body, inside["id"])
        )
        refused = outside_filter(response)
        if "batch" in path:
            assert refused["errors"][0]["pointer"] == "/operations/0"
    assert alice.get("todos").get_json() == before


def test_a_batch_says_which_of_its_todos_would_be_outside(alice: Api, bot: Api) -> None:
    todos = [{"title": "a", "tags": ["ci"]}, {"title": "b"}, {"title": "c", "list_id": 10**9}]
    operations = [{"op": "create", "todo": todo} for todo in todos]
    refused = outside_filter(bot.post("todos/batch", {"operations": operations}))
    assert refused["errors"][0]["pointer"] == "/operations/1"
    assert alice.ids() == []


def test_what_goes_along_must_be_inside(alice: Api, bot: Api, inside: Any) -> None:
    alice.todo(SECRET, parent_id=alice.todo("Test", tags=["ci"], parent_id=inside["id"])["id"])
    there, path = alice.make_list()["id"], f"todos/{inside['id']}"
    outside_filter(bot.delete(path))
    outside_filter(bot.delete(f"{path}?purge=true"))
    outside_filter(bot.patch(path, {"list_id": there}))
    delete = {"operations": [{"op": "delete", "id": inside["id"]}]}
    outside_filter(bot.post("todos/batch", delete))
    assert bot.patch(path, {"title": "Itself alone"}).status_code == 200
    assert len(alice.ids()) == 3
    alice.delete(path)
    outside_filter(bot.post(f"{path}/restore"))
    assert alice.ids("todos?trashed=true&sort=id")[0] == inside["id"]


def test_what_the_same_call_trashed_must_be_inside(
    alice: Api, bot: Api, inside: Any, outside: Any
) -> None:
    operations = [{"op": "delete", "id": todo["id"]} for todo in (inside, outside)]
    assert alice.post("todos/batch", {"operations": operations}).status_code == 200
    outside_filter(bot.post(f"todos/{inside['id']}/restore"))
    assert alice.ids() == []


def test_a_subtask_that_moves_along_must_be_inside_there(alice: Api) -> None:
    """The filter is asked of the whole subtree after the move, too."""
    there = alice.make_list()["id"]
    root = alice.todo("Root", tags=["ci"])
    child = alice.todo("Child", tags=["ci"], parent_id=root["id"])
    key = keyed(alice)
    assert key.patch(f"todos/{root['id']}", {"list_id": there}).status_code == 200
    assert key.get(f"todos/{child['id']}").get_json()["list_id"] == there


def test_a_status_can_be_a_scope(alice: Api) -> None:
    todo = alice.todo()
    key = keyed(alice, "status = pending")
    outside_filter(key.patch(f"todos/{todo['id']}", {"completed": True}), "status = pending")
    alice.patch(f"todos/{todo['id']}", {"completed": True})
    problem(key.get(f"todos/{todo['id']}"), 404, "not-found")


@pytest.mark.parametrize(
    "row_filter",
    [
        "open = true AND due_date < now+7d",
        "NOT (due_date > today+7d OR tags : secret)",
        'text : "water the" AND created_at >= today-1d',
        "list_id > 0 AND NOT assigned_to = me AND due_date:*",
        "created_by = me AND priority >= high",
    ],
)
def test_it_reads_and_writes_by_whatever_the_language_says(
    app: Flask, alice: Api, row_filter: str
) -> None:
    """Also days and moments, whose values the driver is given in reading, and SQL in writing."""
    soon = f"{utcnow() + timedelta(days=1):%Y-%m-%d}"
    late = f"{utcnow() + timedelta(days=30):%Y-%m-%d}"
    body = {"title": "Water the roses", "due_date": soon, "priority": "high"}
    inside = alice.todo(**body)["id"]
    for values in ({"due_date": late}, {"tags": ["secret"]}, {"status": "completed"}):
        alice.todo(**(body | values))
    key, path = keyed(alice, row_filter), f"todos/{inside}"
    seen = set(key.ids())
    assert inside in seen
    for todo_id in alice.ids():
        assert key.get(f"todos/{todo_id}").status_code == (200 if todo_id in seen else 404)
        patched = key.patch(f"todos/{todo_id}", {"description": "x"})
        assert patched.status_code == (200 if todo_id in seen else 404)
    made = key.todo(**body)["id"]
    assert made in key.ids()
    assert key.ids("todos?q=roses&filter=priority = high&count=true")[0] == made
    assert key.delete(path).status_code == 204
    assert key.post(f"{path}/restore").status_code == 200


def test_nothing_goes_where_the_filter_does_not_reach(alice: Api) -> None:
    """A key without the trash puts nothing there; one that has the trash alone restores nothing."""
    todo = alice.todo()
    path = f"todos/{todo['id']}"
    live = keyed(alice, "NOT deleted_at:*")
    outside_filter(live.delete(path), "NOT deleted_at:*")
    assert live.ids() == alice.ids() == [todo["id"]]
    alice.delete(path)
    problem(live.get(path), 404, "not-found")
    problem(live.post(f"{path}/restore"), 404, "not-found")
    trashed = keyed(alice, "deleted_at:*")
    outside_filter(trashed.post(f"{path}/restore"), "deleted_at:*")
    assert trashed.delete(f"{path}?purge=true").status_code == 204


def test_a_uid_outside_is_taken_but_by_nobody(
    alice: Api, bot: Api, inside: Any, outside: Any
) -> None:
    body = {"title": "x", "tags": ["ci"]}
    refused = problem(bot.post("todos", {**body, "uid": outside["uid"]}), 409, "uid-taken")
    assert "todo_id" not in refused
    assert str(outside["id"]) not in refused["detail"]
    refused = problem(bot.post("todos", {**body, "uid": inside["uid"]}), 409, "uid-taken")
    assert refused["todo_id"] == inside["id"]
    there = alice.make_list()["id"]
    alice.todo(SECRET, uid=inside["uid"], list_id=there)
    moved = bot.patch(f"todos/{inside['id']}", {"list_id": there})
    assert "todo_id" not in problem(moved, 409, "uid-taken")


def test_a_stale_write_shows_what_is_inside_alone(
    alice: Api, bot: Api, inside: Any, outside: Any
) -> None:
    stale = bot.patch(f"todos/{inside['id']}", {"version": 9})
    assert problem(stale, 412, "precondition-failed")["current"]["id"] == inside["id"]
    stale = bot.patch(f"todos/{outside['id']}", {"version": 9})
    assert "current" not in problem(stale, 404, "not-found")


def send(who: Api, body: Any, path: str = "todos") -> Any:
    return who.post(path, body, headers={"Idempotency-Key": "k1"})


def test_a_retry_replays_what_is_still_inside(alice: Api, bot: Api) -> None:
    body = {"title": "x", "tags": ["ci"]}
    first = send(bot, body)
    assert send(bot, body).get_json() == first.get_json()
    path = f"todos/{first.get_json()['id']}"
    alice.patch(path, {"tags": []})
    problem(send(bot, body), 404, "not-found")
    alice.patch(path, {"tags": ["ci"]})
    assert send(bot, body).headers["Idempotent-Replayed"] == "true"
    alice.delete(f"{path}?purge=true")
    problem(send(bot, body), 404, "not-found")


def test_the_answer_to_another_key_is_not_replayed(alice: Api, bot: Api, outside: Any) -> None:
    """Nor one that has changed nothing, of which the log says nothing."""
    body = {"operations": [{"op": "update", "id": outside["id"], "todo": {"title": SECRET}}]}
    assert send(alice, body, "todos/batch").status_code == 200
    problem(send(bot, body, "todos/batch"), 404, "not-found")
