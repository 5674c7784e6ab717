"""The simple face at /todos: bare JSON, the caller's Inbox only, `{"error": …}`."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import Todo, TodoList


def error(response: TestResponse, status: int, text: str | None = None) -> None:
    """Assert that the answer is `{"error": text}`, of whatever text if None."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    (told,) = response.get_json().items()
    assert told[0] == "error"
    assert told[1] == text if text else isinstance(told[1], str)
    if status == 401:
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="todoapp"'


def add(api: Api, title: str = "Buy milk", **values: Any) -> Any:
    """Create a todo through this face and return it."""
    response = api.post("/todos", {"title": title, **values})
    assert response.status_code == 201, response.text
    return response.get_json()


def titles(api: Api, path: str = "/todos") -> list[str]:
    """Return the titles of all todos, in order."""
    return [todo["title"] for todo in api.get(path).get_json()]


def test_a_new_todo_has_six_fields(alice: Api) -> None:
    response = alice.post("/todos", {"title": " Buy milk "})
    todo = response.get_json()
    assert response.status_code == 201
    assert todo == {
        "id": todo["id"],
        "title": "Buy milk",
        "completed": False,
        "order": 1,
        "url": f"http://localhost/todos/{todo['id']}",
        "created_at": todo["created_at"],
    }
    assert response.headers["Location"] == todo["url"]
    assert response.data.endswith(b"}\n")
    assert todo["created_at"].endswith("Z")
    assert alice.get(f"/todos/{todo['id']}").get_json() == todo
    assert alice.get("/todos").get_json() == alice.get("/todos/").get_json() == [todo]


def test_it_is_a_todo_like_any_other(alice: Api) -> None:
    simple = add(alice, completed=True, order=2.5)
    todo = alice.get(f"todos/{simple['id']}").get_json()
    assert (todo["status"], todo["position"]) == ("completed", 2.5)
    assert todo["list_id"] == alice.get("me").get_json()["inbox_id"]
    history = alice.get(f"todos/{simple['id']}/history").get_json()["changes"]
    assert [(change["actor"], change["action"]) for change in history] == [("alice", "create")]


def test_todos_come_by_order_then_id(alice: Api) -> None:
    for title, order in (("c", 2), ("a", -1), ("d", 2), ("b", 0.5)):
        add(alice, title, order=order)
    assert titles(alice) == ["a", "b", "c", "d"]


def test_it_shows_a_thousand_todos_at_most(app: Flask, alice: Api) -> None:
    assert alice.actor
    with app.app_context(), unit_of_work():
        inbox = select(TodoList.id).where(TodoList.inbox_of == alice.actor.user_id)
        row = {
            "list_id": db.session.scalars(inbox).one(),
            "title": "x",
            "title_key": "x",
            "description": "",
            "status": "pending",
            "priority": 2,
            "created_by_id": alice.actor.user_id,
            "created_at": utcnow(),
            "updated_at": utcnow(),
            "version": 1,
        }
        rows = [{**row, "uid": str(n), "position": n} for n in range(1001)]
        db.session.execute(insert(Todo), rows)
    orders = [todo["order"] for todo in alice.get("/todos").get_json()]
    assert orders == list(range(1000))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_keeps_what_is_not_sent(alice: Api, method: str) -> None:
    todo = add(alice, completed=True, order=3)
    path = f"/todos/{todo['id']}"
    renamed = alice.call(method, path, {"title": "Buy bread"})
    assert (renamed.status_code, renamed.get_json()) == (200, todo | {"title": "Buy bread"})
    reopened = alice.call(method, path, {"completed": False, "order": 1.5}).get_json()
    assert reopened == todo | {"title": "Buy bread", "completed": False, "order": 1.5}
    assert "ETag" not in renamed.headers


def test_unknown_fields_and_parameters_are_passed_over(alice: Api) -> None:
    todo = add(alice, id=77, uid="x", priority="nonsense", url=None, list_id=5, dueDate="soon")
    path = f"/todos/{todo['id']}"
    assert alice.put(path, {"nonsense": 1}).get_json() == todo
    assert alice.put(path, {**todo, "version": 99}).get_json() == todo
    assert alice.get("/todos?page_size=x&status=none&validate_only=true").get_json() == [todo]
    assert alice.get(f"{path}?x=1", headers={"If-None-Match": '"1"'}).get_json() == todo
    assert alice.patch(path, {"title": "y"}, headers={"If-Match": '"9"'}).status_code == 200


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Title is required"),
        (None, "Title is required"),
        ([], "Title is required"),
        ("x", "Title is required"),
        ({"title": None}, "Title is required"),
        ({"title": ""}, "Title is required"),
        ({"title": "  "}, "Title is required"),
        ({"completed": True}, "Title is required"),
        ({"title": 5}, "Title must be a string"),
        ({"title": ["x"]}, "Title must be a string"),
        ({"title": "x" * 501}, "Title must have at most 500 characters"),
        ({"title": "x", "completed": "yes"}, "Completed must be true or false"),
        ({"title": "x", "order": "first"}, "Order must be a number"),
        ({"title": "x", "order": True}, "Order must be a number"),
    ],
)
def test_it_refuses_a_wrong_new_todo(alice: Api, body: Any, text: str) -> None:
    error(alice.post("/todos", body), 400, text)
    assert titles(alice) == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("", "No data provided for update"),
        ("{}", "No data provided for update"),
        ("null", "No data provided for update"),
        ("[]", "No data provided for update"),
        ('["title"]', "No data provided for update"),
        ("5", "No data provided for update"),
        ('{"title": ""}', "Title is required"),
        ('{"title": null}', "Title is required"),
        ('{"title": 5}', "Title must be a string"),
        ('{"completed": 1}', "Completed must be true or false"),
        ('{"order": []}', "Order must be a number"),
        ("{", None),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_it_refuses_a_wrong_change(alice: Api, method: str, data: str, text: str | None) -> None:
    todo = add(alice)
    path = f"/todos/{todo['id']}"
    sent = {"data": data, "content_type": "application/json"}
    error(alice.call(method, path, **sent), 400, text)
    assert alice.get(path).get_json() == todo
    # Whether there is such a todo is looked at first.
    error(alice.call(method, "/todos/999999", **sent), 404, "Todo not found")


def test_other_todos_are_not_found(alice: Api, bob: Api) -> None:
    elsewhere = alice.todo(list_id=alice.make_list()["id"])["id"]
    trashed = add(alice)["id"]
    alice.delete(f"todos/{trashed}")
    for todo_id in (elsewhere, trashed, add(bob)["id"], 999_999):
        path = f"/todos/{todo_id}"
        for response in (
            alice.get(path),
            alice.put(path, {"title": "x"}),
            alice.patch(path, {"title": "x"}),
            alice.delete(path),
        ):
            error(response, 404, "Todo not found")
    assert titles(alice) == []


def test_a_deleted_todo_is_in_the_trash(alice: Api) -> None:
    todo = add(alice)
    response = alice.delete(f"/todos/{todo['id']}")
    assert response.status_code == 200
    assert response.get_json() == {"message": "Todo deleted successfully"}
    assert alice.ids("todos?trashed=true") == [todo["id"]]


def test_all_of_the_inbox_goes_into_the_trash_at_once(alice: Api, bob: Api) -> None:
    kept = alice.todo(list_id=alice.make_list()["id"])
    theirs = add(bob)
    first, second = add(alice), add(alice)
    response = alice.delete("/todos")
    assert response.status_code == 200
    assert list(response.get_json()) == ["message"]
    assert alice.get("/todos").get_json() == []
    assert alice.ids() == [kept["id"]]
    assert bob.get("/todos").get_json() == [theirs]
    assert alice.post(f"todos/{first['id']}/restore").status_code == 200
    assert [todo["id"] for todo in alice.get("/todos").get_json()] == [first["id"], second["id"]]


def test_the_secret_todos_are_those_still_open(alice: Api) -> None:
    for status in ("pending", "in_progress", "on_hold", "completed", "cancelled"):
        alice.todo(status, status=status)
    assert titles(alice, "/secret_todos") == ["pending", "in_progress", "on_hold"]


KEYLESS = [
    ("GET", "/todos"),
    ("POST", "/todos"),
    ("DELETE", "/todos"),
    ("GET", "/todos/1"),
    ("PUT", "/todos/1"),
    ("PATCH", "/todos/1"),
    ("DELETE", "/todos/1"),
    ("GET", "/secret_todos"),
]


@pytest.mark.parametrize(("method", "path"), KEYLESS)
def test_a_right_key_is_needed(alice: Api, method: str, path: str) -> None:
    for key in (None, "", "wrong", f"{alice.key}x"):
        response = Api(alice.app, key).call(method, path)
        error(response, 401, "Unauthorized: Invalid API Key")


def test_keys_have_scopes_here_too(person: Callable[..., Api]) -> None:
    reader, writer = person("dave", ["todos:read"]), person("erin", ["todos:write"])
    error(reader.post("/todos", {"title": "x"}), 403)
    error(writer.get("/todos"), 403)
    error(writer.get("/secret_todos"), 403)
    assert reader.get("/todos").status_code == 200
    add(writer)


def test_every_other_error_has_the_same_shape(alice: Api) -> None:
    error(alice.get("/todos/x"), 404)
    error(alice.get("/todos/0"), 404)
    error(alice.get("/todos/1/2"), 404)
    error(alice.call("POST", "/todos", data="{", content_type="application/json"), 400)
    error(alice.call("POST", "/todos", data="title=x", content_type="text/plain"), 415)
    error(
        alice.call("POST", "/todos", data=b" " * (2**20 + 1), content_type="application/json"), 413
    )
    refused = alice.put("/todos", {"title": "x"})
    error(refused, 405)
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST", "DELETE"}


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
    ],
)
def test_the_root_greets_programs_and_sends_browsers_on(
    app: Flask, accept: str | None, page: bool
) -> None:
    response = Api(app).get("/", headers={"Accept": accept} if accept else {})
    assert response.headers["Vary"] == "Accept"
    if page:
        assert (response.status_code, response.headers["Location"]) == (303, "/admin")
    else:
        assert response.status_code == 200
        assert list(response.get_json()) == ["message"]
