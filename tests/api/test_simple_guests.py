"""The simple face without a key, where the operator lets guests in."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.conftest import MakeSettings
from tests.support.api import Api, problem
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections, unit_of_work
from todoapp.models import Change
from todoapp.services import accounts


@pytest.fixture
def open_app(app: Flask, database_url: str, make_settings: MakeSettings) -> Iterator[Flask]:
    """Return an application that lets guests in, on the database of `app`."""
    opened = create_app(make_settings(database_url=database_url, guest_access="true"))
    yield opened
    with opened.app_context():
        forget_connections()


@pytest.fixture
def guest(open_app: Flask) -> Api:
    """Somebody without a key."""
    with open_app.app_context(), unit_of_work():
        accounts.ensure_guest(at=utcnow())
    return Api(open_app)


def test_a_guest_needs_no_key(guest: Api) -> None:
    made = guest.post("/todos", {"title": "Buy milk"})
    todo = made.get_json()
    path = f"/todos/{todo['id']}"
    assert made.status_code == 201
    assert guest.get("/todos").get_json() == [todo]
    assert guest.put(path, {"completed": True}).get_json()["completed"] is True
    assert guest.patch(path, {"order": 5}).get_json()["order"] == 5
    assert guest.get(path).get_json()["order"] == 5
    assert guest.delete(path).status_code == 200
    assert guest.delete("/todos").status_code == 200
    assert guest.get(path).get_json() == {"error": "Todo not found"}


def test_a_guest_and_a_holder_of_a_key_have_an_inbox_each(
    guest: Api, alice: Api, open_app: Flask
) -> None:
    holder = Api(open_app, alice.key)
    mine = holder.post("/todos", {"title": "Mine"}).get_json()
    theirs = guest.post("/todos", {"title": "Theirs"}).get_json()
    assert holder.get("/todos").get_json() == [mine]
    assert guest.get("/todos").get_json() == [theirs]
    assert guest.get(f"/todos/{mine['id']}").status_code == 404
    problem(alice.get(f"todos/{theirs['id']}"), 404, "not-found")


def test_what_a_guest_does_is_recorded_as_the_guests(guest: Api) -> None:
    response = guest.post("/todos", {"title": "x"})
    with guest.app.app_context():
        change = db.session.get_one(Change, int(response.headers["Change-Id"]))
        by = accounts.by_name("guest")
        assert (change.user_id, change.api_key_id) == (by.id, None)
        assert change.request_id == response.headers["Request-Id"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "wrong"},
        {"X-API-Key": ""},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic Z3Vlc3Q6"},
    ],
)
def test_a_wrong_key_is_refused_all_the_same(guest: Api, headers: dict[str, str]) -> None:
    for method in ("GET", "POST", "DELETE"):
        refused = guest.call(method, "/todos", headers=headers)
        assert refused.status_code == 401
        assert refused.get_json() == {"error": "Unauthorized: Invalid API Key"}
        assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_guests_have_this_face_alone(guest: Api) -> None:
    refused = guest.get("/secret_todos")
    assert refused.status_code == 401
    assert refused.get_json() == {"error": "Unauthorized: Invalid API Key"}
    assert "Access-Control-Allow-Origin" not in refused.headers
    for path in ("todos", "lists", "me", "api-keys"):
        refused = guest.get(path)
        problem(refused, 401, "unauthenticated")
        assert "Access-Control-Allow-Origin" not in refused.headers


def test_pages_from_everywhere_may_call(guest: Api) -> None:
    todo = guest.post("/todos", {"title": "x"}).get_json()
    origin = {"Origin": "https://todomvc.example"}
    for response in (
        guest.get("/todos", headers=origin),
        guest.get(f"/todos/{todo['id']}", headers=origin),
        guest.get("/todos/999999", headers=origin),
        guest.post("/todos", {}, headers=origin),
        guest.get("/todos/x", headers=origin),
        guest.put("/todos", {}, headers=origin),
    ):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
    asked = {**origin, "Access-Control-Request-Method": "PATCH"}
    for path in ("/todos", f"/todos/{todo['id']}"):
        preflight = guest.call("OPTIONS", path, headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]


def test_without_guests_no_other_page_may_call(app: Flask, alice: Api) -> None:
    for response in (
        Api(app).get("/todos"),
        alice.get("/todos", headers={"Origin": "https://todomvc.example"}),
        Api(app).call("OPTIONS", "/todos"),
    ):
        assert "Access-Control-Allow-Origin" not in response.headers


def test_until_there_is_a_guest_the_service_is_not_ready_for_one(open_app: Flask) -> None:
    response = Api(open_app).get("/todos")
    assert response.status_code == 503
    assert list(response.get_json()) == ["error"]
    assert response.headers["Retry-After"].isdigit()


def test_there_is_only_ever_one_guest(guest: Api, person: Callable[..., Api]) -> None:
    guest.post("/todos", {"title": "kept"})
    with guest.app.app_context(), unit_of_work():
        accounts.ensure_guest(at=utcnow())
    assert [todo["title"] for todo in guest.get("/todos").get_json()] == ["kept"]
