"""POST /todos/batch: several writes, all of them or none."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted

Share = Callable[[int, Api, str], None]


def send(api: Api, *operations: Any) -> TestResponse:
    return api.post("todos/batch", {"operations": list(operations)})


def create(title: str = "x", **values: Any) -> dict[str, Any]:
    return {"op": "create", "todo": {"title": title, **values}}


def test_every_operation_is_done_in_order(alice: Api) -> None:
    old, gone, back = alice.todo("Old"), alice.todo("Gone"), alice.todo("Back")
    alice.delete(f"todos/{back['id']}")
    response = send(
        alice,
        create("One", tags=["a"]),
        create("Two"),
        {"op": "update", "id": old["id"], "version": 1, "todo": {"title": "New"}},
        {"op": "delete", "id": gone["id"]},
        {"op": "restore", "id": back["id"], "version": 2},
        create("Three"),
    )
    assert response.status_code == 200
    results = response.get_json()["results"]
    assert [one["op"] for one in results] == [
        *["create", "create", "update", "delete", "restore", "create"]
    ]
    assert [one["todo"]["title"] for one in results] == [
        *["One", "Two", "New", "Gone", "Back", "Three"]
    ]
    assert results[3]["todo"]["deleted_at"] is not None
    assert results[4]["todo"]["deleted_at"] is None
    for one in results:
        assert alice.get(f"todos/{one['todo']['id']}").get_json() == one["todo"]


def test_it_is_one_operation_in_the_log(alice: Api) -> None:
    response = send(alice, create("One"), create("Two"))
    ids = [one["todo"]["id"] for one in response.get_json()["results"]]
    changes = [alice.get(f"todos/{id_}/history").get_json()["changes"][0] for id_ in ids]
    assert len({change["operation_id"] for change in changes}) == 1
    assert response.headers["Change-Id"] == str(changes[0]["id"])


def test_new_todos_follow_each_other(alice: Api) -> None:
    groceries = alice.make_list()["id"]
    alice.todo(position=3, list_id=groceries)
    response = send(
        alice,
        *[create(list_id=groceries), create(list_id=groceries), create(list_id=groceries)],
        *[create(list_id=groceries, position=10.5), create(list_id=groceries), create()],
    )
    places = [one["todo"]["position"] for one in response.get_json()["results"]]
    assert places == [4, 5, 6, 10.5, 11, 1]


def test_a_position_below_the_first_leaves_the_count_alone(alice: Api) -> None:
    response = send(alice, create(position=-7.5), create(), create())
    places = [one["todo"]["position"] for one in response.get_json()["results"]]
    assert places == [-7.5, 1, 2]


def test_an_operation_sees_those_before_it(alice: Api) -> None:
    todo = alice.todo()
    target = {"id": todo["id"]}
    response = send(
        alice,
        {"op": "update", **target, "todo": {"title": "Once"}},
        {"op": "update", **target, "version": 2, "todo": {"title": "Twice", "version": 2}},
        {"op": "delete", **target, "version": 3},
        {"op": "restore", **target, "version": 4},
    )
    assert response.status_code == 200, response.text
    assert {one["todo"]["version"] for one in response.get_json()["results"]} == {5}
    assert alice.get(f"todos/{todo['id']}").get_json()["title"] == "Twice"


def test_all_that_is_wrong_is_told_at_once(alice: Api) -> None:
    response = send(
        alice,
        create(" "),
        {"op": "explode"},
        7,
        {"op": "update", "id": "1", "todo": {"priority": "urgent", "color": "red"}},
        {"op": "delete"},
        create("fine"),
        {"op": "create"},
        {"op": "restore", "id": 1, "todo": {}},
        {"op": "create", "todo": []},
        {"op": ["create"]},
    )
    assert wrong(response) == {
        "/operations/0/todo/title": "blank",
        "/operations/1/op": "choice",
        "/operations/2": "object",
        "/operations/3/id": "type",
        "/operations/3/todo/priority": "choice",
        "/operations/3/todo/color": "unknown",
        "/operations/4/id": "required",
        "/operations/6/todo": "required",
        "/operations/7/todo": "unknown",
        "/operations/8/todo": "type",
        "/operations/9/op": "choice",
    }
    assert alice.ids() == []


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"/operations": "required"}),
        ({"operations": None}, {"/operations": "null"}),
        ({"operations": {}}, {"/operations": "type"}),
        ({"operations": []}, {"/operations": "length"}),
        ({"operations": [create()] * 101}, {"/operations": "length"}),
        ({"operations": [create()], "atomic": False}, {"/atomic": "unknown"}),
    ],
)
def test_it_refuses_what_is_no_batch(alice: Api, body: Any, errors: dict[str, str]) -> None:
    assert wrong(alice.post("todos/batch", body)) == errors
    assert alice.ids() == []


def test_what_was_read_can_be_sent_back(alice: Api) -> None:
    todo = alice.todo(tags=["a"], due_date="2030-01-01")
    response = send(alice, {"op": "update", "id": todo["id"], "todo": {**todo, "title": "New"}})
    assert response.get_json()["results"][0]["todo"]["title"] == "New"


def test_the_first_that_fails_undoes_all(alice: Api) -> None:
    todo = alice.todo("Old")
    response = send(
        alice,
        create("One"),
        {"op": "update", "id": todo["id"], "todo": {"title": "New"}},
        {"op": "delete", "id": 10**9},
        {"op": "delete", "id": 10**10},
    )
    told = problem(response, 404, "not-found")
    assert [error["pointer"] for error in told["errors"]] == ["/operations/2"]
    assert "Change-Id" not in response.headers
    assert alice.get("todos").get_json()["todos"] == [todo]


def test_a_stale_operation_shows_the_todo_as_it_stands(alice: Api) -> None:
    todo = alice.todo()
    stale = {"op": "update", "id": todo["id"], "version": 9, "todo": {"title": "New"}}
    told = problem(send(alice, create(), stale), 412, "precondition-failed")
    assert told["errors"][0]["pointer"] == "/operations/1"
    assert told["current"] == todo


def test_a_value_that_does_not_fit_is_located(alice: Api) -> None:
    response = send(alice, create(), create(list_id=10**9, assigned_to="nobody"))
    assert wrong(response) == {"/operations/1/todo/list_id": "unknown"}
    todo = alice.todo()
    move = {"op": "update", "id": todo["id"], "todo": {"parent_id": todo["id"]}}
    assert wrong(send(alice, move)) == {"/operations/0/todo/parent_id": "cycle"}


@pytest.mark.parametrize("before", [True, False])
def test_a_uid_is_free_or_the_batch_fails(alice: Api, before: bool) -> None:
    if before:
        alice.todo(uid="same")
        told = problem(send(alice, create(uid="same")), 409, "uid-taken")
    else:
        told = problem(
            send(alice, create(), create(uid="same"), create(uid="same")), 409, "uid-taken"
        )
    assert told["errors"][0]["pointer"] == f"/operations/{0 if before else 2}"
    assert len(alice.ids()) == int(before)


def test_the_same_uid_in_two_lists_is_fine(alice: Api) -> None:
    other = alice.make_list()["id"]
    response = send(alice, create(uid="same"), create(uid="same", list_id=other))
    assert response.status_code == 200


def test_a_viewer_may_not_and_a_stranger_sees_nothing(
    alice: Api, bob: Api, carol: Api, share: Share
) -> None:
    groceries = alice.make_list()["id"]
    todo = alice.todo(list_id=groceries)
    share(groceries, bob, "viewer")
    for operation in (create(list_id=groceries), {"op": "delete", "id": todo["id"]}):
        told = problem(send(bob, create(), operation), 403, "insufficient-role")
        assert told["errors"][0]["pointer"] == "/operations/1"
    problem(send(carol, {"op": "delete", "id": todo["id"]}), 404, "not-found")
    assert wrong(send(carol, create(list_id=groceries))) == {
        "/operations/0/todo/list_id": "unknown"
    }
    assert bob.ids() == [todo["id"]]


def test_a_hundred_creations_take_as_many_statements_as_two(app: Flask, alice: Api) -> None:
    alice.todo()
    taken = []
    for size in (1, 2, 100):
        with counted(app) as statements:
            response = send(alice, *[create(tags=["a", "b"])] * size)
        assert len(response.get_json()["results"]) == size
        taken.append(len(statements))
    assert taken[0] < taken[1] == taken[2] <= 12, statements


def test_it_can_be_tried_and_retried(alice: Api) -> None:
    body = {"operations": [create("One"), create("Two")]}
    assert alice.post("todos/batch?validate_only=true", body).get_json() == {"valid": True}
    assert alice.ids() == []
    header = {"Idempotency-Key": "k1"}
    first, second = (alice.post("todos/batch", body, headers=header) for _ in range(2))
    assert first.data == second.data
    assert len(alice.ids()) == 2


def test_an_operation_sees_where_its_todo_was_moved(alice: Api) -> None:
    other = alice.make_list()["id"]
    parent = alice.todo("Parent")["id"]
    child = alice.todo("Child", parent_id=parent)["id"]
    response = send(
        alice,
        {"op": "update", "id": child, "todo": {"title": "Once"}},
        {"op": "update", "id": parent, "todo": {"list_id": other}},
        {"op": "update", "id": child, "todo": {"title": "Twice", "list_id": other}},
    )
    left = alice.get(f"todos/{child}").get_json()
    assert (left["title"], left["list_id"], left["parent_id"]) == ("Twice", other, parent)
    assert left == response.get_json()["results"][2]["todo"]
