"""POST /api-keys/{id}/rotate: a new key for an old one, which ends when its grace is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.api.test_api_keys import READ, change
from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow

NEW = {"id", "url", "key", "prefix", "created_at", "updated_at", "expires_at", "last_used_at"}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def rotate(who: Api, key_id: int, **body: Any) -> Any:
    response = who.post(f"api-keys/{key_id}/rotate", body)
    assert response.status_code == 201, response.text
    return response.get_json()


def test_the_new_key_is_like_the_old_one(alice: Api) -> None:
    old = alice.made("api-keys", {**READ, "list_ids": [alice.make_list()["id"]]})
    response = alice.post(f"api-keys/{old['id']}/rotate")
    new = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == new["url"]
    assert (response.headers["ETag"], response.headers["Cache-Control"]) == ('"1"', "no-store")
    assert {k: v for k, v in new.items() if k not in NEW} == {
        k: v for k, v in old.items() if k not in NEW
    }
    assert new["id"] > old["id"]
    assert new["expires_at"] is None
    shown = alice.get(f"api-keys/{new['id']}").get_json()
    assert shown == {k: v for k, v in new.items() if k != "key"}


def test_both_work_until_the_grace_is_over(app: Flask, alice: Api) -> None:
    old = alice.made("api-keys", READ)
    before = utcnow()
    new = rotate(alice, old["id"], grace_hours=2)
    for key in (old, new):
        assert Api(app, key["key"]).get("todos").status_code == 200
    shown = alice.get(f"api-keys/{old['id']}").get_json()
    assert before <= instant(shown["expires_at"]) - timedelta(hours=2) <= utcnow()
    assert (shown["revoked_at"], shown["version"]) == (None, 2)
    change(app, old["id"], expires_at=utcnow())
    problem(Api(app, old["key"]).get("todos"), 401, "unauthenticated")


def test_the_grace_is_a_day_unless_it_is_named(alice: Api) -> None:
    for body, hours in (({}, 24), ({"grace_hours": 168}, 168)):
        old = alice.made("api-keys", READ)
        new = rotate(alice, old["id"], **body)
        ends = instant(alice.get(f"api-keys/{old['id']}").get_json()["expires_at"])
        assert ends - instant(new["created_at"]) == timedelta(hours=hours)


def test_without_grace_it_ends_at_once(app: Flask, alice: Api) -> None:
    old = alice.made("api-keys", READ)
    new = rotate(alice, old["id"], grace_hours=0)
    assert "revoked" in problem(Api(app, old["key"]).get("todos"), 401, "unauthenticated")["detail"]
    assert Api(app, new["key"]).get("todos").status_code == 200


def test_it_ends_no_later_than_it_would_have(alice: Api) -> None:
    soon = (utcnow() + timedelta(hours=5)).isoformat()
    old = alice.made("api-keys", {**READ, "expires_at": soon})
    rotate(alice, old["id"])
    assert alice.get(f"api-keys/{old['id']}").get_json()["expires_at"] == old["expires_at"]


def test_the_new_key_lives_as_long_again(app: Flask, alice: Api) -> None:
    old = alice.made("api-keys", {**READ, "expires_in": "30d"})
    change(app, old["id"], created_at=utcnow() - timedelta(days=10))
    created = instant(alice.get(f"api-keys/{old['id']}").get_json()["created_at"])
    new = rotate(alice, old["id"])
    lifetime = instant(new["expires_at"]) - instant(new["created_at"])
    assert lifetime == instant(old["expires_at"]) - created


@pytest.mark.parametrize("expires_in", ["7d", "never"])
def test_the_new_key_lives_as_long_as_is_asked(alice: Api, expires_in: str) -> None:
    old = alice.made("api-keys", {**READ, "expires_in": "90d"})
    new = rotate(alice, old["id"], expires_in=expires_in)
    if expires_in == "never":
        assert new["expires_at"] is None
    else:
        assert instant(new["expires_at"]) - instant(new["created_at"]) == timedelta(days=7)
    other = rotate(alice, new["id"], expires_at="2099-01-01T00:00:00Z")
    assert other["expires_at"] == "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"grace_hours": -1}, {"/grace_hours": "range"}),
        ({"grace_hours": 169}, {"/grace_hours": "range"}),
        ({"grace_hours": "1"}, {"/grace_hours": "type"}),
        ({"grace_hours": None}, {"/grace_hours": "null"}),
        ({"expires_at": "2020-01-01T00:00:00Z"}, {"/expires_at": "past"}),
        ({"expires_in": "7d", "expires_at": None}, {"/expires_in": "contradiction"}),
        ({"name": "x", "scopes": ["admin"]}, {"/name": "unknown", "/scopes": "unknown"}),
    ],
)
def test_it_refuses_a_wrong_body(alice: Api, body: Any, errors: dict[str, str]) -> None:
    old = alice.made("api-keys", READ)
    assert wrong(alice.post(f"api-keys/{old['id']}/rotate", body)) == errors
    assert alice.get(f"api-keys/{old['id']}").get_json()["version"] == 1


def test_a_key_that_has_ended_is_not_replaced(app: Flask, alice: Api) -> None:
    revoked, expired, replaced = (alice.made("api-keys", READ)["id"] for _ in range(3))
    alice.delete(f"api-keys/{revoked}")
    change(app, expired, expires_at=utcnow())
    rotate(alice, replaced)
    for key_id in (revoked, expired, replaced):
        problem(alice.post(f"api-keys/{key_id}/rotate"), 409, "key-ended")


def test_a_key_with_the_scope_account_may_replace_itself(app: Flask, alice: Api) -> None:
    old = alice.made("api-keys", {"name": "own", "scopes": ["account"]})
    new = rotate(Api(app, old["key"]), old["id"], grace_hours=0)
    assert Api(app, new["key"]).get("api-keys").status_code == 200


def test_a_key_without_it_may_not_even_replace_itself(app: Flask, alice: Api) -> None:
    """Else a leaked one could live for ever."""
    old = alice.made("api-keys", READ)
    refused = Api(app, old["key"]).post(f"api-keys/{old['id']}/rotate", {"grace_hours": 0})
    assert problem(refused, 403, "insufficient-scope")["required_scope"] == "account"


def test_nobody_gets_by_rotation_what_they_could_not_give(app: Flask, alice: Api) -> None:
    """[8.2.1] The secret of a key that may more would be the way past one's own scopes."""
    strong = alice.made("api-keys", {"name": "strong", "scopes": ["todos:write"]})
    inside = alice.make_list()["id"]
    weak = Api(app, alice.made("api-keys", {"name": "weak", "scopes": ["account"]})["key"])
    refused = problem(weak.post(f"api-keys/{strong['id']}/rotate"), 403, "insufficient-scope")
    assert refused["required_scope"] == "todos:write"
    few = alice.made("api-keys", {"name": "few", "scopes": ["todos:write"], "list_ids": [inside]})
    assert rotate(alice, few["id"])["list_ids"] == [inside]


def test_another_persons_key_is_no_key(alice: Api, bob: Api, person: Callable[..., Api]) -> None:
    chief = person("chief", ["account", "admin", "todos:read"], role="admin")
    key_id = alice.made("api-keys", READ)["id"]
    for who in (bob, chief):
        problem(who.post(f"api-keys/{key_id}/rotate"), 404, "not-found")
    # Nor does an administrator get others' secrets.
    refused = chief.post(f"api-keys/{key_id}/rotate?everyone=true")
    assert wrong(refused) == {"everyone": "unknown"}


def test_it_may_name_the_version(alice: Api) -> None:
    old = alice.made("api-keys", READ)
    path = f"api-keys/{old['id']}"
    stale = [
        alice.post(f"{path}/rotate", {"version": 9}),
        alice.post(f"{path}/rotate?version=9"),
        alice.post(f"{path}/rotate", headers={"If-Match": '"9"'}),
    ]
    for response in stale:
        current = problem(response, 412, "precondition-failed")["current"]
        assert current == alice.get(path).get_json()
    assert rotate(alice, old["id"], version=1)["version"] == 1


def test_the_log_tells_what_replaced_it(alice: Api) -> None:
    old = alice.made("api-keys", READ)
    new = rotate(alice, old["id"])
    entries = alice.get("changes?noun=api_key").get_json()["changes"][-2:]
    assert [(entry["action"], entry["noun_id"]) for entry in entries] == [
        ("create", new["id"]),
        ("rotate", old["id"]),
    ]
    ends = alice.get(f"api-keys/{old['id']}").get_json()["expires_at"]
    assert entries[1]["diff"] == {"expires_at": [None, ends], "replaced_by": [None, new["id"]]}
    assert entries[0]["operation_id"] == entries[1]["operation_id"]
    assert new["key"][14:] not in str(entries)
