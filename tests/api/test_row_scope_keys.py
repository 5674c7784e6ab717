"""Keys with a filter: made, shown, rotated, and what ends them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.api.test_api_keys import READ, change
from tests.support.api import Api, problem, wrong
from tests.support.row_scopes import BOTH

Share = Callable[[int, Api, str], None]


def test_a_filter_is_shown_and_stays(app: Flask, alice: Api) -> None:
    made = alice.made("api-keys", {**READ, "filter": " tags : ci "})
    assert made["filter"] == "tags : ci"
    path = f"api-keys/{made['id']}"
    assert alice.get(path).get_json()["filter"] == "tags : ci"
    renamed = alice.patch(path, {"name": "other", "filter": "tags : all"}).get_json()
    assert (renamed["name"], renamed["filter"]) == ("other", "tags : ci")
    presented = Api(app, made["key"]).get("me").get_json()["api_key"]
    assert presented["filter"] == "tags : ci"
    [entry] = alice.get("changes?noun=api_key").get_json()["changes"][-2:-1]
    assert entry["diff"]["filter"] == [None, "tags : ci"]


def test_a_key_without_a_filter_has_all(alice: Api, outside: Any) -> None:
    for body in (READ, {**READ, "filter": None}):
        made = alice.made("api-keys", body)
        assert made["filter"] is None
        assert Api(alice.app, made["key"]).ids() == [outside["id"]]


@pytest.mark.parametrize(
    ("row_filter", "code"),
    [("tagz : ci", "unknown_field"), (" ", "blank"), (7, "type"), ("a" * 2001, "too_long")],
)
def test_what_is_no_filter_is_refused(alice: Api, row_filter: Any, code: str) -> None:
    assert wrong(alice.post("api-keys", {**READ, "filter": row_filter})) == {"/filter": code}


def test_all_that_is_wrong_with_a_key_is_told_at_once(alice: Api, bob: Api) -> None:
    hidden = bob.make_list()["id"]
    body = {"name": "x", "scopes": ["account"], "list_ids": [hidden], "filter": "no filter"}
    assert wrong(alice.post("api-keys", body)) == {
        "/scopes": "limited",
        "/list_ids/0": "unknown",
        "/filter": "syntax",
    }


@pytest.mark.parametrize("wide", ["account", "admin"])
def test_a_key_for_some_todos_has_no_scope_that_opens_more(
    person: Callable[..., Api], wide: str
) -> None:
    """[8.2.1] Such as the scope account, which makes keys without a filter."""
    chief = person("chief", ["todos:read", "account", "admin"], role="admin")
    body = {"name": "few", "scopes": ["todos:read", wide], "filter": "tags : ci"}
    assert wrong(chief.post("api-keys", body)) == {"/scopes": "limited"}


def test_one_that_has_such_a_scope_cannot_use_it(app: Flask, person: Callable[..., Api]) -> None:
    chief = person("chief", ["todos:read", "account", "admin"], role="admin")
    made = chief.made("api-keys", {"name": "wide", "scopes": ["todos:read", "account", "admin"]})
    change(app, made["id"], row_filter="tags : ci")
    key = Api(app, made["key"])
    for path in ("api-keys", "users", "todos?everyone=true"):
        problem(key.get(path), 403, "insufficient-scope")
    problem(key.post("api-keys", READ), 403, "insufficient-scope")


def test_a_rotated_key_keeps_its_filter(app: Flask, alice: Api, outside: Any) -> None:
    old = alice.made("api-keys", {**READ, "filter": "tags : ci"})
    new = alice.made(f"api-keys/{old['id']}/rotate", {})
    assert new["filter"] == "tags : ci"
    problem(Api(app, new["key"]).get(f"todos/{outside['id']}"), 404, "not-found")


def test_what_is_no_filter_is_told_by_its_place(alice: Api) -> None:
    refused = alice.post("api-keys", {**READ, "filter": "open = true AND pirority = high"})
    [error] = problem(refused, 422, "validation-failed")["errors"]
    assert (error["pointer"], error["position"]) == ("/filter", 16)
    assert "priority" in error["detail"]


def test_a_filter_that_cannot_be_read_any_more_opens_nothing(
    app: Flask, alice: Api, inside: Any
) -> None:
    made = alice.made("api-keys", {"name": "bot", "scopes": BOTH, "filter": "tags : ci"})
    change(app, made["id"], row_filter="spell : magic")
    key, path = Api(app, made["key"]), f"todos/{inside['id']}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", "todos", None),
        ("GET", "todos?q=build&count=true", None),
        ("GET", path, None),
        ("GET", f"{path}/history", None),
        ("POST", "todos", {"title": "x", "tags": ["ci"]}),
        ("PATCH", path, {"title": "x"}),
        ("DELETE", path, None),
        ("DELETE", f"{path}?purge=true", None),
        ("POST", "todos/batch", {"operations": [{"op": "delete", "id": inside["id"]}]}),
        ("POST", "todos/batch", {"operations": [{"op": "create", "todo": {"title": "x"}}]}),
    ]
    for method, called, body in calls:
        refused = problem(key.call(method, called, body), 403, "limited-key")
        assert "cannot be read any more" in refused["detail"]
    assert key.get("/todos").status_code == 403
    assert alice.ids() == [inside["id"]]
    assert key.get("me").status_code == 200
