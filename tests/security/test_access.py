"""Who gets at what: OWASP ASVS 5.0 and API Security Top 10 (2023), a test for each criterion.

Each shows the whole of a criterion in short; what there is to say in detail stands beside the
things themselves, such as in tests/api/test_access.py.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem
from tests.support.logins import bearer, log_in
from tests.support.pages import PASSWORD
from todoapp.api.openapi import operations

Person = Callable[..., Api]
#: What depends on neither engine is tried on one.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def alice(account: Api) -> Api:
    """The one who owns things, and logs in."""
    return account


@pytest.fixture
def hers(alice: Api) -> dict[str, Any]:
    """Return what alice has: a list, a todo in it, one in the trash, a key, a login, a change."""
    list_id = alice.make_list("Hers")["id"]
    trashed = alice.todo("Thrown away", list_id=list_id)["id"]
    alice.delete(f"todos/{trashed}")
    made = alice.post("todos", {"title": "Hers", "list_id": list_id, "tags": ["hers"]})
    return {
        "list": list_id,
        "trashed": trashed,
        "todo": made.get_json()["id"],
        "change": made.headers["Change-Id"],
        "key": alice.made("api-keys", {"name": "hers", "scopes": ["account"]})["id"],
        "session": _log_in(alice),
    }


def _log_in(alice: Api) -> int:
    log_in(alice.app, "alice", PASSWORD)
    session_id: int = alice.get("sessions").get_json()["sessions"][0]["id"]
    return session_id


def test_api1_8_2_2_nothing_of_anothers_is_reached(
    alice: Api, bob: Api, hers: dict[str, Any]
) -> None:
    def state() -> list[Any]:
        paths = ("todos", "todos?trashed=true", "lists", "tags", "api-keys", "changes", "sessions")
        return [alice.get(path).get_json() for path in paths]

    before = state()
    batch = {"operations": [{"op": "delete", "id": hers["todo"]}]}
    calls: list[tuple[str, str, Any]] = [
        *(("GET", f"todos/{hers[name]}", None) for name in ("todo", "trashed")),
        ("GET", f"todos/{hers['todo']}/history", None),
        *(("PATCH", f"todos/{hers[name]}", {"title": "x"}) for name in ("todo", "trashed")),
        ("PUT", f"todos/{hers['todo']}", {"title": "x"}),
        ("DELETE", f"todos/{hers['todo']}", None),
        ("DELETE", f"todos/{hers['todo']}?purge=true", None),
        ("POST", f"todos/{hers['trashed']}/restore", None),
        ("POST", "todos/batch", batch),
        ("POST", f"changes/{hers['change']}/undo", None),
        ("GET", f"lists/{hers['list']}", None),
        ("PATCH", f"lists/{hers['list']}", {"name": "x"}),
        ("DELETE", f"lists/{hers['list']}", None),
        ("GET", f"lists/{hers['list']}/members", None),
        ("PUT", f"lists/{hers['list']}/members/bob", {"role": "editor"}),
        ("DELETE", f"lists/{hers['list']}/members/alice", None),
        ("PATCH", "tags/hers", {"name": "x"}),
        ("DELETE", "tags/hers", None),
        *((method, f"api-keys/{hers['key']}", None) for method in ("GET", "DELETE")),
        *((method, f"sessions/{hers['session']}", None) for method in ("GET", "DELETE")),
        ("PATCH", f"api-keys/{hers['key']}", {"name": "x"}),
        ("POST", f"api-keys/{hers['key']}/rotate", {}),
    ]
    for method, path, body in calls:
        headers = {"Idempotency-Key": "hers"} if path == "todos/batch" else {}
        problem(bob.call(method, path, body, headers=headers), 404, "not-found")
    for query in ("sort=title", "q=hers", "tags=hers", "created_by=alice", "trashed=true"):
        assert bob.ids(f"todos?{query}&count=true") == []
    assert state() == before


def test_api1_8_2_2_what_is_not_seen_is_told_like_what_is_not_there(
    alice: Api, bob: Api, hers: dict[str, Any]
) -> None:
    for path, missing in (
        (f"todos/{hers['todo']}", "todos/987654321"),
        (f"lists/{hers['list']}", "lists/987654321"),
        (f"api-keys/{hers['key']}", "api-keys/987654321"),
        (f"sessions/{hers['session']}", "sessions/987654321"),
        ("users/alice", "users/nobody"),
    ):
        for method in ("GET", "PATCH", "DELETE"):
            told = [_told(bob.call(method, one, {})) for one in (path, missing)]
            assert told[0] == told[1], (method, path)


def _told(response: Any) -> Any:
    """Return what a problem says, but for which call it was."""
    document = response.get_json()
    assert document.pop("instance") == response.request.path
    assert document.pop("request_id") == response.headers["Request-Id"]
    return document


def test_api1_a_page_token_or_a_retry_of_anothers_gives_nothing(alice: Api, bob: Api) -> None:
    for title in ("one", "two"):
        alice.post("todos", {"title": title}, headers={"Idempotency-Key": title})
    token = alice.get("todos?page_size=1").get_json()["next_page_token"]
    problem(bob.get(f"todos?page_size=1&page_token={token}"), 400, "bad-page-token")
    again = bob.post("todos", {"title": "one"}, headers={"Idempotency-Key": "one"})
    assert "Idempotent-Replayed" not in again.headers
    assert again.get_json()["created_by"] == "bob"


def test_api3_15_3_3_what_is_not_for_clients_to_write_stays(alice: Api, bob: Api) -> None:
    todo, own = alice.todo(), alice.make_list()
    forged = {
        "id": 1,
        "url": "http://evil.example",
        "created_by": "bob",
        "created_at": "2000-01-01T00:00:00Z",
        "deleted_at": "2000-01-01T00:00:00Z",
        "completed_at": "2000-01-01T00:00:00Z",
    }
    changed = alice.patch(f"todos/{todo['id']}", {**forged, "title": "x"}).get_json()
    assert {name: changed[name] for name in forged} == {name: todo[name] for name in forged}
    forged = {"id": 1, "owner": "bob", "my_role": "viewer", "is_inbox": True}
    changed = alice.patch(f"lists/{own['id']}", {**forged, "name": "x"}).get_json()
    assert {name: changed[name] for name in forged} == {name: own[name] for name in forged}
    me = alice.get("me").get_json()
    forged = {"id": 1, "role": "admin", "username": "root", "inbox_id": 1}
    changed = alice.patch("me", {**forged, "timezone": "Europe/Paris"}).get_json()
    assert {name: changed[name] for name in forged} == {name: me[name] for name in forged}
    # In a creation, where nothing could have been read before, they are refused.
    problem(alice.post("todos", {"title": "x", "created_by": "bob"}), 422, "validation-failed")


def test_api5_8_2_1_a_member_gets_nothing_of_an_administrators(app: Flask, person: Person) -> None:
    scopes = ["todos:read", "todos:write", "account", "admin"]
    member = person("member", scopes)  # their key says admin, but they are none
    reached = 0
    for rule, method, _name, declared in operations(app):
        if declared.scope == "admin":
            reached += 1
            path = rule.rule.replace("<username:username>", "member").replace("<id:job_id>", "1")
            problem(member.call(method.upper(), path, {}), 403, "insufficient-scope")
    assert reached >= 5
    problem(member.get("todos?everyone=true"), 403, "insufficient-scope")
    problem(member.patch("me", {"role": "admin", "nickname": "x"}), 422, "validation-failed")
    assert member.get("me").get_json()["role"] == "member"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_api5_a_header_does_not_change_the_method(alice: Api, header: str) -> None:
    todo = alice.todo()
    alice.get(f"todos/{todo['id']}", headers={header: "DELETE"})
    problem(
        alice.post(f"todos/{todo['id']}", headers={header: "DELETE"}), 405, "method-not-allowed"
    )
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_api2_without_the_right_key_nobody_gets_in(app: Flask, alice: Api) -> None:
    right = alice.key or ""
    wrong = ["", "x", right[:-1], f"{right}x", f"{right[:-1]}é", right.upper(), "todo_", "Bearer "]
    for key in (None, *wrong):
        stranger = Api(app, key)
        # Before the body is parsed: it is none.
        response = stranger.call("POST", "todos", data=b"{", content_type="application/json")
        problem(response, 401, "unauthenticated")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    for query in (f"api_key={right}", f"key={right}", f"access_token={right}"):
        problem(Api(app).get(f"todos?{query}"), 401, "unauthenticated")


def test_3_5_json_is_not_taken_from_a_form_or_as_text(alice: Api) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = alice.call("POST", "todos", data=b'{"title": "x"}', content_type=kind)
        problem(response, 415, "unsupported-media-type")
    assert alice.ids() == []


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil.example"]
)
def test_4_1_3_a_host_that_is_not_ours_is_refused(alice: Api, host: str) -> None:
    problem(alice.get("todos", headers={"Host": host}), 400, "untrusted-host")


#: What a client claims of itself, or a proxy adds to it.
FORWARDED = {
    "X-Forwarded-For": "192.0.2.1, 203.0.113.9",
    "X-Forwarded-Host": "evil.example, todo.example.com",
    "X-Forwarded-Proto": "gopher, https",
    "X-Forwarded-Prefix": "/elsewhere",
    "X-Forwarded-Port": "1",
    "X-Real-IP": "192.0.2.1",
    "Forwarded": "for=192.0.2.1;host=evil.example;proto=gopher",
}


@one_engine
@pytest.mark.parametrize(
    ("proxies", "base", "address"),
    [
        ("0", "http://localhost/", "127.0.0.1"),
        ("1", "https://todo.example.com/", "203.0.113.9"),
    ],
)
def test_4_1_3_forwarding_is_believed_as_far_as_the_settings_say(
    alice: Api, configured: Callable[..., Flask], proxies: str, base: str, address: str
) -> None:
    app = configured(proxies=proxies, trusted_hosts="localhost, todo.example.com")
    made = Api(app, alice.key).post("todos", {"title": "x"}, headers=FORWARDED).get_json()
    assert made["url"].startswith(f"{base}api/v1/")
    login = {"username": "alice", "password": PASSWORD}
    tokens = Api(app).post("auth/token", login, headers=FORWARDED).get_json()
    by_token = bearer(alice.app, tokens["access_token"])
    assert by_token.get("sessions").get_json()["sessions"][0]["address"] == address


@one_engine
def test_4_1_3_a_host_that_a_proxy_names_must_be_ours_too(
    alice: Api, configured: Callable[..., Flask]
) -> None:
    behind = Api(configured(proxies="1"), alice.key)
    forged = behind.get("todos", headers={"X-Forwarded-Host": "evil.example"})
    problem(forged, 400, "untrusted-host")
