"""/me, and the index: who is calling, what they may change of themselves, what there is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import ALL_SCOPES
from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Conflict
from todoapp.limits import Action, Noun
from todoapp.models import Change, User, UserSession
from todoapp.services import account_changes, accounts, passwords

URLS = (
    "todos_url",
    "lists_url",
    "tags_url",
    "changes_url",
    "api_keys_url",
    "sessions_url",
    "users_url",
    "me_url",
    "openapi_url",
)


def test_it_tells_who_is_calling_and_with_what(alice: Api) -> None:
    me = alice.get("me").get_json()
    assert me == {
        "id": me["id"],
        "version": 1,
        "username": "alice",
        "email": None,
        "role": "member",
        "timezone": "UTC",
        "inbox_id": me["inbox_id"],
        "must_change_password": False,
        "two_factor_enabled": False,
        "api_key": {
            "id": me["api_key"]["id"],
            "name": "alice's key",
            "scopes": ["todos:read", "todos:write", "account"],
            "filter": None,
            "expires_at": None,
        },
        "last_seen_at": None,
        "created_at": me["created_at"],
        "updated_at": me["created_at"],
    }
    assert alice.get(f"lists/{me['inbox_id']}").get_json()["is_inbox"]


@pytest.mark.parametrize("scope", ["todos:read", "todos:write", "account", "admin"])
def test_any_key_will_do(person: Callable[..., Api], scope: str) -> None:
    me = person("dave", [scope], email="dave@example.com", role="admin").get("me").get_json()
    assert me["api_key"]["scopes"] == [scope]
    assert (me["email"], me["role"]) == ("dave@example.com", "admin")


def test_a_key_is_needed(alice: Api) -> None:
    problem(Api(alice.app).get("me"), 401, "unauthenticated")


def test_it_takes_no_parameters(alice: Api) -> None:
    assert wrong(alice.get("me?everyone=true")) == {"everyone": "unknown"}


def test_the_index_links_to_every_collection(person: Callable[..., Api]) -> None:
    dave = person("dave", [*ALL_SCOPES, "admin"], role="admin")
    for path in ("/api/v1", "/api/v1/"):
        index = Api(dave.app).get(path).get_json()
        for name in URLS:
            assert dave.get(index[name].removeprefix("http://localhost")).status_code == 200


def test_without_a_key_there_is_none_to_tell(app: Flask, alice: Api) -> None:
    assert alice.actor
    with app.app_context():
        shown = accounts.me(replace(alice.actor, session_id=1))
    assert (shown["username"], shown["api_key"]) == ("alice", None)


def test_the_last_call_is_told(alice: Api) -> None:
    alice.get("todos")
    me = alice.get("me").get_json()
    assert me["last_seen_at"] > me["created_at"]
    assert me["version"] == 1


def test_a_person_changes_their_address_and_timezone(app: Flask, alice: Api) -> None:
    body = {"email": "Alice@Example.com", "timezone": "Asia/Tokyo"}
    response = alice.patch("me", body, headers={"If-Match": '"1"'})
    me = response.get_json()
    assert response.headers["ETag"] == '"2"'
    assert (me["email"], me["timezone"]) == ("alice@example.com", "Asia/Tokyo")
    assert me == alice.get("me").get_json() | {"last_seen_at": me["last_seen_at"]}
    assert me["updated_at"] > me["created_at"]
    assert alice.patch("me", {"email": None}).get_json()["email"] is None
    change = alice.get("changes?noun=user").get_json()["changes"][-1]
    assert change["diff"] == {"email": ["alice@example.com", None]}


def test_nobody_promotes_themselves(alice: Api) -> None:
    """API3: what is read-only is passed over, so that what was got can be sent back."""
    got = alice.get("me").get_json()
    sent = {**got, "role": "admin", "username": "root", "must_change_password": True, "id": 1}
    sent |= {"is_active": False, "two_factor_required": False, "api_key": {"scopes": ["admin"]}}
    response = alice.patch("me", sent)
    assert response.get_json() == got | {"last_seen_at": response.get_json()["last_seen_at"]}
    assert "Change-Id" not in response.headers


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"email": "alice"}, {"/email": "pattern"}),
        ({"email": "x" * 250 + "@example.com"}, {"/email": "too_long"}),
        ({"timezone": None, "email": 5}, {"/timezone": "null", "/email": "type"}),
        ({"password": "correct horse"}, {"/password": "unknown"}),
        ([], {"": "type"}),
    ],
)
def test_it_refuses_a_wrong_change(alice: Api, body: Any, errors: dict[str, str]) -> None:
    assert wrong(alice.patch("me", body)) == errors


def test_an_address_belongs_to_one_person(alice: Api, bob: Api) -> None:
    alice.patch("me", {"email": "ours@example.com"})
    problem(bob.patch("me", {"email": "OURS@example.com"}), 409, "email-taken")


def test_another_version_is_told(alice: Api) -> None:
    alice.patch("me", {"timezone": "Asia/Tokyo"})
    for response in (
        alice.patch("me", {"timezone": "UTC", "version": 1}),
        alice.patch("me?version=1", {"timezone": 5}),
        alice.patch("me", {}, headers={"If-Match": '"1"'}),
    ):
        current = problem(response, 412, "precondition-failed")["current"]
        assert (current["version"], current["timezone"]) == (2, "Asia/Tokyo")


OLD, NEW = "correct horse", "battery staple"
CHANGE = {"current_password": OLD, "new_password": NEW}


@pytest.fixture
def dora(person: Callable[..., Api]) -> Api:
    """Somebody with a password."""
    return person("dora", password=OLD)


def kept(app: Flask, username: str = "dora") -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.username == username)).one()


def open_sessions(app: Flask, count: int) -> list[int]:
    user_id = kept(app).id
    with app.app_context(), unit_of_work():
        rows = [
            UserSession(
                user_id=user_id,
                kind="token",
                created_at=utcnow(),
                last_seen_at=utcnow(),
                expires_at=utcnow(),
            )
            for _ in range(count)
        ]
        db.session.add_all(rows)
        db.session.flush()
        return [row.id for row in rows]


def actions(app: Flask) -> list[tuple[str, Any]]:
    user_id = kept(app).id
    with app.app_context():
        about = select(Change).where(Change.noun == Noun.USER, Change.noun_id == user_id)
        return [(one.action, one.diff) for one in db.session.scalars(about.order_by(Change.id))]


def test_a_password_is_changed_by_who_knows_the_old_one(app: Flask, dora: Api) -> None:
    """ASVS 6.2.2, 6.2.3, 7.4.3: and everything that was open with the old one ends; keys stay."""
    open_sessions(app, 2)
    response = dora.put("me/password", CHANGE)
    assert (response.status_code, response.data) == (204, b"")
    user = kept(app)
    assert passwords.matches(NEW, user.password_hash)
    assert user.version == 2
    assert actions(app)[-1] == (Action.NEW_PASSWORD, {})
    with app.app_context():
        assert db.session.query(UserSession).count() == 0
    assert dora.get("me").status_code == 200
    assert wrong(dora.put("me/password", CHANGE)) == {"/current_password": "wrong"}


def test_the_session_that_changes_the_password_goes_on(app: Flask, dora: Api) -> None:
    mine, _other = open_sessions(app, 2)
    assert dora.actor
    with app.app_context(), unit_of_work():
        account_changes.change_password(replace(dora.actor, session_id=mine), CHANGE, at=utcnow())
    with app.app_context():
        assert db.session.scalars(select(UserSession.id)).all() == [mine]


def test_what_somebody_else_has_set_is_changed_with_that(app: Flask, dora: Api) -> None:
    with app.app_context(), unit_of_work():
        account_changes.reset_password("dora", OLD, must_change=True, at=utcnow())
    assert dora.get("me").get_json()["must_change_password"] is True
    assert dora.put("me/password", CHANGE).status_code == 204
    assert dora.get("me").get_json()["must_change_password"] is False


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"/current_password": "required", "/new_password": "required"}),
        ({**CHANGE, "current_password": "wrong horse"}, {"/current_password": "wrong"}),
        ({**CHANGE, "current_password": ""}, {"/current_password": "wrong"}),
        ({**CHANGE, "new_password": "password"}, {"/new_password": "common"}),
        ({**CHANGE, "new_password": "dora2026"}, {"/new_password": "common"}),
        ({**CHANGE, "new_password": "short"}, {"/new_password": "too_short"}),
        ({**CHANGE, "new_password": OLD}, {"/new_password": "unchanged"}),
        ({**CHANGE, "username": "bob"}, {"/username": "unknown"}),
    ],
)
def test_it_refuses_a_wrong_password(
    app: Flask, dora: Api, body: Any, errors: dict[str, str]
) -> None:
    before = kept(app).password_hash
    response = dora.put("me/password", body)
    assert wrong(response) == errors
    assert "horse" not in response.text
    assert kept(app).password_hash == before


def test_a_wrong_guess_is_in_the_log_without_what_was_guessed(app: Flask, dora: Api) -> None:
    """ASVS 16.3.1: also when it was only tried."""
    for path in ("me/password", "me/password?validate_only=true"):
        dora.put(path, {**CHANGE, "current_password": "wrong horse"})
    assert actions(app)[-2:] == [(Action.LOGIN_FAILED, {"wrong": [None, "password"]})] * 2


def test_who_has_no_password_cannot_make_one_with_a_key(app: Flask, alice: Api) -> None:
    problem(alice.put("me/password", CHANGE), 409, "conflict")
    assert kept(app, "alice").password_hash is None


def test_a_password_needs_the_scope_account(person: Callable[..., Api]) -> None:
    reader = person("reader", ["todos:read"], password=OLD)
    problem(reader.put("me/password", CHANGE), 403, "insufficient-scope")
    problem(reader.patch("me", {"timezone": "UTC"}), 403, "insufficient-scope")


def test_of_two_changes_at_once_the_second_learns_of_the_first(
    app: Flask, dora: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the old password and the lock, somebody else changes it."""
    make = passwords.hash

    def meanwhile(password: str) -> str:
        monkeypatch.setattr(passwords, "hash", make)
        with app.app_context(), unit_of_work():
            user = db.session.scalars(select(User).where(User.username == "dora")).one()
            user.password_hash = make("another one")
        return make(password)

    monkeypatch.setattr(passwords, "hash", meanwhile)
    assert dora.actor
    with app.app_context(), unit_of_work(), pytest.raises(Conflict):
        account_changes.change_password(dora.actor, CHANGE, at=utcnow())
    assert passwords.matches("another one", kept(app).password_hash)
