"""API keys: made within their maker's scopes, shown once, listed, renamed, revoked."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import ApiKey, User
from todoapp.services.usage import Usage

READ = {"name": "reader", "scopes": ["todos:read"]}


def change(app: Flask, key_id: int, **columns: Any) -> None:
    """Change a key where no call can: in the database."""
    with app.app_context(), unit_of_work():
        key = db.session.get_one(ApiKey, key_id)
        for name, value in columns.items():
            setattr(key, name, value)


def test_a_new_key_is_shown_once(alice: Api) -> None:
    response = alice.post("api-keys", {"name": " Backup ", "scopes": ["todos:write", "todos:read"]})
    made = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == made["url"]
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Cache-Control"] == "no-store"
    secret = made.pop("key")
    assert re.fullmatch(r"todo_[A-Za-z0-9]{8}_[A-Za-z0-9]{43}", secret)
    assert made == {
        "id": made["id"],
        "url": f"http://localhost/api/v1/api-keys/{made['id']}",
        "version": 1,
        "name": "Backup",
        "scopes": ["todos:read", "todos:write"],
        "list_ids": None,
        "filter": None,
        "owner": "alice",
        "prefix": secret[:13],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
    }
    read, listed = alice.get(f"api-keys/{made['id']}"), alice.get("api-keys")
    assert read.get_json() == listed.get_json()["api_keys"][0] == made
    for later in (read.text, listed.text):
        assert secret[14:] not in later
    assert Api(alice.app, secret).todo()["created_by"] == "alice"


def test_a_secret_is_not_in_the_database(app: Flask, alice: Api) -> None:
    made = alice.made("api-keys", READ)
    with app.app_context():
        row = db.session.get_one(ApiKey, made["id"])
        kept = [str(getattr(row, column.name)) for column in ApiKey.__table__.columns]
    assert not [text for text in kept if made["key"][14:] in text]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"/name": "required", "/scopes": "required"}),
        ({**READ, "name": ""}, {"/name": "blank"}),
        ({**READ, "name": "x" * 101}, {"/name": "too_long"}),
        ({**READ, "scopes": []}, {"/scopes": "blank"}),
        ({**READ, "scopes": None}, {"/scopes": "null"}),
        ({**READ, "scopes": "todos:read"}, {"/scopes": "type"}),
        (
            {**READ, "scopes": ["todos:read", "root", 1]},
            {"/scopes/1": "choice", "/scopes/2": "type"},
        ),
        ({**READ, "expires_at": "2020-01-01T00:00:00Z"}, {"/expires_at": "past"}),
        ({**READ, "expires_at": "2030-01-01"}, {"/expires_at": "instant"}),
        ({**READ, "expires_at": "2030-01-01T00:00:00"}, {"/expires_at": "instant"}),
        ({**READ, "id": 1, "key": "x"}, {"/id": "unknown", "/key": "unknown"}),
    ],
)
def test_it_refuses_a_wrong_key(alice: Api, body: Any, errors: dict[str, str]) -> None:
    assert wrong(alice.post("api-keys", body)) == errors


@pytest.mark.parametrize("beyond", ["admin", "todos:write"])
def test_a_key_gives_no_scope_that_it_does_not_have(
    person: Callable[..., Api], beyond: str
) -> None:
    dave = person("dave", ["account", "todos:read"])
    refused = dave.post("api-keys", {"name": "x", "scopes": ["todos:read", beyond]})
    assert problem(refused, 403, "insufficient-scope")["required_scope"] == beyond
    assert len(dave.get("api-keys").get_json()["api_keys"]) == 1


def test_managing_keys_needs_the_scope_account(alice: Api) -> None:
    other = alice.made("api-keys", READ)
    reader = Api(alice.app, alice.made("api-keys", READ)["key"])
    path = f"api-keys/{other['id']}"
    for refused in (
        reader.get("api-keys"),
        reader.get(path),
        reader.post("api-keys", READ),
        reader.patch(path, {"name": "x"}),
        reader.delete(path),
    ):
        assert problem(refused, 403, "insufficient-scope")["required_scope"] == "account"


def test_keys_come_newest_first_and_in_pages(alice: Api, bob: Api) -> None:
    for n in range(4):
        alice.made("api-keys", {**READ, "name": str(n)})
    found: list[str] = []
    url = "api-keys?page_size=2"
    page = alice.get(url).get_json()
    while page["next_page_token"]:
        found += [key["name"] for key in page["api_keys"]]
        page = alice.get(f"{url}&page_token={page['next_page_token']}").get_json()
    found += [key["name"] for key in page["api_keys"]]
    assert found == ["3", "2", "1", "0", "alice's key"]
    assert [key["name"] for key in bob.get("api-keys").get_json()["api_keys"]] == ["bob's key"]


def test_a_key_can_be_renamed_and_nothing_else(alice: Api) -> None:
    made = alice.made("api-keys", READ)
    path = f"api-keys/{made['id']}"
    read = alice.get(path).get_json()
    changed = read | {"name": "Other", "scopes": ["admin"], "expires_at": "2099-01-01T00:00:00Z"}
    response = alice.patch(path, changed)
    renamed = response.get_json()
    assert response.headers["ETag"] == '"2"'
    assert renamed == read | {"name": "Other", "version": 2, "updated_at": renamed["updated_at"]}
    assert wrong(alice.patch(path, {"name": None})) == {"/name": "null"}
    assert wrong(alice.patch(path, {"key": "x"})) == {"/key": "unknown"}


def test_a_revoked_key_ends_at_once_and_stays_in_the_list(alice: Api) -> None:
    made = alice.made("api-keys", READ)
    path, holder = f"api-keys/{made['id']}", Api(alice.app, made["key"])
    assert holder.get("todos").status_code == 200
    response = alice.delete(path)
    assert (response.status_code, response.data) == (204, b"")
    detail = problem(holder.get("todos"), 401, "unauthenticated")["detail"]
    assert "revoked" in detail
    revoked = alice.get(path).get_json()
    assert revoked["revoked_at"] == revoked["updated_at"]
    assert revoked["version"] == 2
    assert made["id"] in [key["id"] for key in alice.get("api-keys").get_json()["api_keys"]]
    again = alice.delete(path)
    assert again.status_code == 204
    assert "Change-Id" not in again.headers
    assert alice.get(path).get_json() == revoked


def test_any_key_may_revoke_itself(alice: Api) -> None:
    made = alice.made("api-keys", READ)
    holder = Api(alice.app, made["key"])
    assert holder.delete(f"api-keys/{made['id']}").status_code == 204
    problem(holder.get("todos"), 401, "unauthenticated")


def test_what_is_another_persons_key_is_no_key(alice: Api, bob: Api) -> None:
    path = f"api-keys/{alice.made('api-keys', READ)['id']}"
    for where in (path, "api-keys/999999"):
        problem(bob.get(where), 404, "not-found")
        problem(bob.patch(where, {"name": "Mine"}), 404, "not-found")
        problem(bob.delete(where), 404, "not-found")
    assert alice.get(path).get_json()["revoked_at"] is None


def test_a_key_expires(app: Flask, alice: Api) -> None:
    made = alice.made("api-keys", {**READ, "expires_at": "2099-01-01T01:00:00+01:00"})
    assert made["expires_at"] == "2099-01-01T00:00:00Z"
    holder = Api(app, made["key"])
    assert holder.get("me").get_json()["api_key"]["expires_at"] == made["expires_at"]
    change(app, made["id"], expires_at=utcnow())
    assert "expired" in problem(holder.get("me"), 401, "unauthenticated")["detail"]


def test_the_key_of_somebody_who_was_shut_out_does_not_work(app: Flask, alice: Api) -> None:
    assert alice.actor
    with app.app_context(), unit_of_work():
        db.session.get_one(User, alice.actor.user_id).is_active = False
    problem(alice.get("me"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key[:14] + "A" * 43,
        lambda key: "todo_AAAAAAAA" + key[13:],
        lambda key: key[5:],
        lambda key: key.upper(),
        lambda key: key[:13],
        lambda key: "",
        lambda key: "todo_",
        lambda key: "x" * 5000,
        lambda key: "todo_\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4_",
    ],
)
def test_a_wrong_key_is_refused_before_the_body_is_read(
    alice: Api, spoil: Callable[[str], str]
) -> None:
    assert alice.key
    spoilt = spoil(alice.key)
    for headers in ({"X-API-Key": spoilt}, {"Authorization": f"Bearer {spoilt}"}):
        nobody = Api(alice.app, headers=headers)
        refused = nobody.call("POST", "todos", data="{", content_type="text/plain")
        problem(refused, 401, "unauthenticated")
        error = ', error="invalid_token"' if "Authorization" in headers else ""  # RFC 6750, 3
        assert refused.headers["WWW-Authenticate"] == f'Bearer realm="todoapp"{error}'


def test_a_key_is_taken_from_either_header_and_from_nowhere_else(alice: Api) -> None:
    nobody = Api(alice.app)
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {alice.key}"}
        assert nobody.get("me", headers=headers).status_code == 200
    problem(nobody.get("me"), 401, "unauthenticated")
    problem(nobody.get(f"me?api_key={alice.key}"), 401, "unauthenticated")
    problem(nobody.get("me", headers={"Cookie": f"X-API-Key={alice.key}"}), 401, "unauthenticated")
    basic = {"Authorization": f"Basic {alice.key}"}
    problem(nobody.get("me", headers=basic), 401, "unauthenticated")


def test_the_last_use_is_known_to_the_minute(app: Flask, alice: Api) -> None:
    made = alice.made("api-keys", READ)
    path, holder = f"api-keys/{made['id']}", Api(app, made["key"])

    def last_used_at() -> Any:
        holder.get("todos")
        return alice.get(path).get_json()["last_used_at"]

    first = last_used_at()
    assert first > made["created_at"]
    assert last_used_at() == first
    for seconds, written in ((50, False), (70, True)):
        before = utcnow() - timedelta(seconds=seconds)
        change(app, made["id"], last_used_at=before)
        assert (last_used_at() > first) is written
    assert alice.get(path).get_json()["version"] == 1


def test_a_failed_call_is_no_use(app: Flask, alice: Api) -> None:
    made = alice.made("api-keys", READ)
    Api(app, made["key"][:-1]).get("todos")
    assert alice.get(f"api-keys/{made['id']}").get_json()["last_used_at"] is None


def test_a_use_is_not_waited_for(app: Flask, alice: Api) -> None:
    made = alice.made("api-keys", READ)
    usage: Usage = app.extensions["usage"]
    assert alice.actor
    holder = replace(alice.actor, key_id=made["id"])
    with app.app_context(), unit_of_work():
        # Somebody is changing the very key meanwhile.
        db.session.get_one(ApiKey, made["id"], with_for_update=True)
        assert usage.note(holder, None, at=utcnow())
        usage.flush()
    assert alice.get(f"api-keys/{made['id']}").get_json()["last_used_at"] is None
    Api(app, made["key"]).get("todos")
    assert alice.get(f"api-keys/{made['id']}").get_json()["last_used_at"] is not None
