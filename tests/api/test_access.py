"""What strangers learn, which is nothing, and what keys may do, by scope."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem
from todoapp.api.openapi import operations
from todoapp.db import db, unit_of_work
from todoapp.models import Membership

Share = Callable[[int, Api, str], None]

MISSING = 987_654_321


@pytest.fixture
def ids(alice: Api) -> dict[str, Any]:
    """Return a list of alice's and what is in it."""
    list_id = alice.make_list("Alice's")["id"]
    todo = alice.todo("Secret", list_id=list_id, tags=["secret"])["id"]
    return {"list": list_id, "todo": todo}


@pytest.mark.parametrize("reference", ["list_id", "parent_id"])
def test_a_reference_to_what_is_invisible_is_one_to_nothing(
    bob: Api, ids: dict[str, Any], reference: str
) -> None:
    own = bob.todo()["id"]
    hidden = ids["list" if reference == "list_id" else "todo"]
    for method, path in (("POST", "todos"), ("PATCH", f"todos/{own}"), ("PUT", f"todos/{own}")):
        answers = [
            bob.call(method, path, {"title": "x", reference: id_}) for id_ in (hidden, MISSING)
        ]
        assert answers[0].status_code == 422
        assert answers[0].get_json()["errors"] == answers[1].get_json()["errors"]


def test_an_assignee_who_is_no_member_is_one_who_does_not_exist(alice: Api, bob: Api) -> None:
    answers = [alice.post("todos", {"title": "x", "assigned_to": n}) for n in ("bob", "tim")]
    details = [answer.get_json()["errors"][0] for answer in answers]
    assert details[0]["detail"].replace("bob", "tim") == details[1]["detail"]
    assert details[0]["code"] == details[1]["code"]


def test_no_filter_and_no_sort_shows_what_is_invisible(bob: Api, ids: dict[str, Any]) -> None:
    for query in (
        f"list_id={ids['list']}",
        f"parent_id={ids['todo']}",
        "created_by=alice",
        "tags=secret",
        "trashed=true",
        "sort=-due_date",
        "count=true",
    ):
        page = bob.get(f"todos?{query}").get_json()
        assert page["todos"] == []
        assert page.get("total_count", 0) == 0
    assert bob.get("tags").get_json()["tags"] == []
    assert [one["name"] for one in bob.get("lists").get_json()["lists"]] == ["Inbox"]


def test_the_simple_face_shows_the_own_inbox_only(
    alice: Api, bob: Api, share: Share, ids: dict[str, Any]
) -> None:
    share(ids["list"], bob, "editor")
    alices = alice.todo()["id"]
    for id_ in (alices, ids["todo"]):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {"title": "x"} if method in ("PUT", "PATCH") else None
            response = bob.call(method, f"/todos/{id_}", body)
            assert response.status_code == 404
            assert response.get_json() == {"error": "Todo not found"}
    assert bob.delete("/todos").status_code == 200
    assert alice.get(f"todos/{alices}").get_json()["deleted_at"] is None


def test_keys_are_their_owners_own(alice: Api, bob: Api) -> None:
    key = alice.made("api-keys", {"name": "x", "scopes": ["account"]})
    for method, body in (("GET", None), ("PATCH", {"name": "y"}), ("DELETE", None)):
        problem(bob.call(method, f"api-keys/{key['id']}", body), 404, "not-found")
    shown = alice.get(f"api-keys/{key['id']}").get_json()
    assert (shown["name"], shown["revoked_at"]) == ("x", None)
    assert "key" not in shown


def test_losing_a_role_hides_everything_at_once(
    app: Flask, alice: Api, bob: Api, share: Share, ids: dict[str, Any]
) -> None:
    share(ids["list"], bob, "editor")
    assert bob.get(f"todos/{ids['todo']}").status_code == 200
    assert bob.actor
    with app.app_context(), unit_of_work():
        db.session.query(Membership).filter_by(
            list_id=ids["list"], user_id=bob.actor.user_id
        ).delete()
    problem(bob.get(f"todos/{ids['todo']}"), 404, "not-found")
    assert bob.ids() == []


SCOPES = ["todos:read", "todos:write", "account", "admin"]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_does_what_its_scope_says_and_no_more(
    app: Flask, person: Callable[..., Api], scope: str
) -> None:
    caller = person("keyholder", [scope], role="admin")
    for rule, method, name, declared in operations(app):
        path = re.sub("<[^>]*>", str(MISSING), rule.rule)
        body = {} if method in ("post", "put", "patch") else None
        response = caller.call(method.upper(), path, body)
        # Any key may revoke itself, but this is another one.
        needed = "account" if name == "revoke_api_key" else declared.scope
        if needed in (None, scope):
            assert response.status_code not in (401, 403), (name, response.text)
        else:
            document = problem(response, 403, "insufficient-scope")
            assert document["required_scope"] == needed


def test_the_simple_face_demands_the_same_scopes(person: Callable[..., Api]) -> None:
    reader, keeper = person("reader", ["todos:read"]), person("keeper", ["account"])
    assert reader.get("/todos").status_code == 200
    calls = [(reader, "POST", "/todos"), (reader, "DELETE", "/todos"), (reader, "PUT", "/todos/1")]
    calls += [(keeper, "GET", "/todos"), (keeper, "GET", "/secret_todos")]
    for caller, method, path in calls:
        response = caller.call(method, path, {"title": "x"} if method != "GET" else None)
        assert response.status_code == 403
        assert list(response.get_json()) == ["error"]
