"""What a key is held to: a time, some lists; and whose keys are seen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.api.test_api_keys import READ, change
from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.clock import utcnow


@pytest.fixture
def chief(person: Callable[..., Api]) -> Api:
    return person("chief", ["todos:read", "account", "admin"], role="admin")


@pytest.mark.parametrize(
    ("expires_in", "days"), [("7d", 7), ("30d", 30), ("90d", 90), ("1y", 365), ("never", None)]
)
def test_a_key_can_be_made_for_a_while(alice: Api, expires_in: str, days: int | None) -> None:
    made = alice.made("api-keys", {**READ, "expires_in": expires_in})
    if days is None:
        assert made["expires_at"] is None
    else:
        moments = [datetime.fromisoformat(made[name]) for name in ("created_at", "expires_at")]
        assert moments[1] - moments[0] == timedelta(days=days)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"expires_in": "2d"}, {"/expires_in": "choice"}),
        ({"expires_in": None}, {"/expires_in": "null"}),
        ({"expires_in": 7}, {"/expires_in": "type"}),
        (
            {"expires_in": "7d", "expires_at": "2099-01-01T00:00:00Z"},
            {"/expires_in": "contradiction"},
        ),
        ({"expires_in": "never", "expires_at": None}, {"/expires_in": "contradiction"}),
        ({"list_ids": []}, {"/list_ids": "blank"}),
        ({"list_ids": 1}, {"/list_ids": "type"}),
        (
            {"list_ids": [1.5, "1", 0]},
            dict.fromkeys(("/list_ids/0", "/list_ids/1"), "type") | {"/list_ids/2": "range"},
        ),
        ({"list_ids": [1] * 101}, {"/list_ids": "too_many"}),
    ],
)
def test_it_refuses_wrong_limits(alice: Api, body: Any, errors: dict[str, str]) -> None:
    assert wrong(alice.post("api-keys", {**READ, **body})) == errors


def test_in_its_last_week_every_answer_says_when_a_key_expires(app: Flask, alice: Api) -> None:
    made = alice.made("api-keys", {**READ, "expires_in": "30d"})
    holder = Api(app, made["key"])
    assert "API-Key-Expires" not in holder.get("todos").headers
    change(app, made["id"], expires_at=utcnow() + timedelta(days=6, hours=23))
    told = holder.get("me").get_json()["api_key"]["expires_at"]
    for response in (
        holder.get("todos"),
        holder.get("todos/4711"),
        holder.post("todos", {"title": "x"}),
        holder.get("/todos"),
    ):
        assert response.headers["API-Key-Expires"] == told
    change(app, made["id"], expires_at=utcnow())
    assert "API-Key-Expires" not in holder.get("todos").headers
    assert "API-Key-Expires" not in alice.get("todos").headers


def test_the_warning_takes_no_statement_more(app: Flask, alice: Api) -> None:
    todo = alice.todo()["id"]
    made = alice.made("api-keys", {**READ, "expires_in": "7d"})
    holder = Api(app, made["key"])
    holder.get("todos")  # its first use is written down
    with counted(app) as statements:
        assert "API-Key-Expires" in holder.get(f"todos/{todo}").headers
    assert len(statements) == 2


def test_a_key_can_be_limited_to_lists(app: Flask, alice: Api) -> None:
    one, two, three = (alice.make_list(name)["id"] for name in "abc")
    body = {"name": "few", "scopes": ["todos:read"], "list_ids": [two, one, two]}
    made = alice.made("api-keys", body)
    assert made["list_ids"] == [one, two]
    path = f"api-keys/{made['id']}"
    shown = alice.get(path).get_json()
    assert shown["list_ids"] == [one, two]
    seen = Api(app, made["key"]).get("lists").get_json()["lists"]
    assert [one_list["id"] for one_list in seen] == [one, two]
    renamed = alice.patch(path, {**shown, "name": "y", "list_ids": [three]}).get_json()
    assert (renamed["name"], renamed["list_ids"]) == ("y", [one, two])
    [entry] = alice.get("changes?noun=api_key").get_json()["changes"][-2:-1]
    assert entry["diff"]["list_ids"] == [None, [two, one]]


def test_a_key_without_limits_sees_all(alice: Api) -> None:
    for body in (READ, {**READ, "list_ids": None}):
        assert alice.made("api-keys", body)["list_ids"] is None


def test_a_list_that_is_not_seen_is_one_that_is_not_there(alice: Api, bob: Api) -> None:
    own, hidden = alice.make_list()["id"], bob.make_list()["id"]
    refused = alice.post("api-keys", {**READ, "list_ids": [own, hidden, 987_654_321]})
    assert wrong(refused) == {"/list_ids/1": "unknown", "/list_ids/2": "unknown"}
    assert {error["detail"] for error in refused.get_json()["errors"]} == {"No such list."}


@pytest.mark.parametrize("wide", ["account", "admin"])
def test_a_key_for_some_lists_has_no_scope_that_opens_more(
    person: Callable[..., Api], wide: str
) -> None:
    """[8.2.1] Such as the scope admin, which makes people, who see everything."""
    chief = person("chief", ["todos:read", "account", "admin"], role="admin")
    inbox_id = chief.get("me").get_json()["inbox_id"]
    body = {"name": "few", "scopes": ["todos:read", wide], "list_ids": [inbox_id]}
    refused = chief.post("api-keys", body)
    assert wrong(refused) == {"/scopes": "limited"}


def test_one_that_was_made_with_such_a_scope_cannot_use_it(
    app: Flask, person: Callable[..., Api]
) -> None:
    chief = person("chief", ["account", "admin"], role="admin")
    made = chief.made("api-keys", {"name": "wide", "scopes": ["account", "admin"]})
    change(app, made["id"], is_limited=True)
    key = Api(app, made["key"])
    calls = [("GET", "users"), ("POST", "users"), ("GET", "api-keys"), ("POST", "api-keys")]
    calls += [("GET", "sessions"), ("PATCH", "me"), ("PUT", "me/password")]
    for method, path in calls:
        problem(key.call(method, path, {} if method != "GET" else None), 403, "insufficient-scope")
    assert key.delete(f"api-keys/{made['id']}").status_code == 204  # itself it may end


def test_keys_take_as_many_statements_however_many_they_are(app: Flask, alice: Api) -> None:
    lists = [alice.make_list()["id"] for _ in range(3)]
    taken = []
    for size in (1, 10):
        for _ in range(size):
            alice.made("api-keys", {**READ, "list_ids": lists})
        with counted(app) as statements:
            assert len(alice.get("api-keys").get_json()["api_keys"]) > size
        taken.append(len(statements))
    assert taken == [2, 2]


def test_an_administrator_who_asks_sees_everybodys_keys(alice: Api, bob: Api, chief: Api) -> None:
    key_id = alice.made("api-keys", READ)["id"]
    own = chief.get("api-keys").get_json()["api_keys"]
    assert {key["owner"] for key in own} == {"chief"}
    problem(chief.get(f"api-keys/{key_id}"), 404, "not-found")
    found, path = [], "api-keys?everyone=true&page_size=2"
    page = chief.get(path).get_json()
    while page["next_page_token"]:
        found += page["api_keys"]
        page = chief.get(f"{path}&page_token={page['next_page_token']}").get_json()
    found += page["api_keys"]
    assert sorted(key["owner"] for key in found) == ["alice", "alice", "bob", "chief"]
    one = chief.get(f"api-keys/{key_id}?everyone=true").get_json()
    assert one == alice.get(f"api-keys/{key_id}").get_json()


def test_an_administrator_who_asks_may_revoke_and_nothing_else(
    app: Flask, alice: Api, chief: Api
) -> None:
    made = alice.made("api-keys", READ)
    path = f"api-keys/{made['id']}"
    problem(chief.delete(path), 404, "not-found")
    refused = chief.patch(f"{path}?everyone=true", {"name": "Mine"})
    assert wrong(refused) == {"everyone": "unknown"}
    stale = chief.delete(f"{path}?everyone=true&version=9")
    assert problem(stale, 412, "precondition-failed")["current"]["owner"] == "alice"
    assert chief.delete(f"{path}?everyone=true").status_code == 204
    problem(Api(app, made["key"]).get("todos"), 401, "unauthenticated")
    entry = alice.get("changes?noun=api_key").get_json()["changes"][-1]
    assert (entry["actor"], entry["action"]) == ("chief", "revoke")


def test_only_an_administrator_may_ask(alice: Api, bob: Api, person: Callable[..., Api]) -> None:
    key_id = alice.made("api-keys", READ)["id"]
    without_role = person("eve", ["account", "admin"])
    without_scope = person("ned", ["account"], role="admin")
    one = f"api-keys/{key_id}"
    for who in (bob, without_role, without_scope):
        for method, path in (("GET", "api-keys"), ("GET", one), ("DELETE", one)):
            refused = who.call(method, f"{path}?everyone=true")
            assert problem(refused, 403, "insufficient-scope")["required_scope"] == "admin"
    assert alice.get(one).get_json()["revoked_at"] is None
