"""/sessions: where somebody is logged in, and logging out there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.api import Api, problem, wrong
from tests.support.logins import PASSWORD, bearer, log_in
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.limits import SessionKind
from todoapp.models import Change, UserSession
from todoapp.services import sessions


@pytest.fixture
def ada(person: Callable[..., Api]) -> Api:
    """Somebody with a password and a key."""
    return person("ada", password=PASSWORD)


@pytest.fixture
def by_token(app: Flask, ada: Api) -> Api:
    """Ada, calling with an access token."""
    return bearer(app, log_in(app, "ada")["access_token"])


@pytest.fixture
def root(person: Callable[..., Api]) -> Api:
    """An administrator."""
    return person("root", ["admin", "account"], role="admin")


def listed(who: Api, query: str = "") -> list[Any]:
    return list(who.get(f"sessions{query}").get_json()["sessions"])


def test_they_are_listed_newest_first(app: Flask, ada: Api, by_token: Api) -> None:
    """[ASVS 7.5.2]"""
    assert ada.actor
    with app.app_context(), unit_of_work():
        lasts = timedelta(days=14)
        sessions.open(ada.actor.user_id, SessionKind.BROWSER, lasts=lasts, at=utcnow())
    browser, token = listed(by_token)
    assert token == {
        "id": token["id"],
        "url": f"http://localhost/api/v1/sessions/{token['id']}",
        "kind": "token",
        "is_current": True,
        "address": "127.0.0.1",
        "user_agent": token["user_agent"],
        "created_at": token["created_at"],
        "last_seen_at": token["last_seen_at"],
        "expires_at": token["expires_at"],
    }
    assert (browser["kind"], browser["is_current"]) == ("browser", False)
    assert browser["id"] > token["id"]
    assert [one["is_current"] for one in listed(ada)] == [False, False]
    for one in (browser, token):
        assert by_token.get(f"sessions/{one['id']}").get_json() == one


def test_they_come_in_pages(app: Flask, ada: Api) -> None:
    for _ in range(3):
        log_in(app, "ada")
    whole = listed(ada)
    first = ada.get("sessions?page_size=2").get_json()
    token = first["next_page_token"]
    second = ada.get(f"sessions?page_size=2&page_token={token}").get_json()
    assert first["sessions"] + second["sessions"] == whole
    assert second["next_page_token"] is None


def test_a_page_takes_as_many_statements_whatever_its_size(app: Flask, ada: Api) -> None:
    ada.get("me")
    taken = []
    for _ in range(2):
        log_in(app, "ada")
        with counted(app) as statements:
            listed(ada)
        taken.append(len(statements))
    assert taken == [2, 2]


def test_what_has_ended_by_itself_is_not_there(app: Flask, ada: Api, by_token: Api) -> None:
    with app.app_context(), unit_of_work():
        row = db.session.scalars(select(UserSession)).one()
        row.last_seen_at = utcnow() - timedelta(days=4)
        session_id = row.id
    assert listed(ada) == []
    problem(ada.get(f"sessions/{session_id}"), 404, "not-found")


def test_the_scope_account_is_needed(person: Callable[..., Api]) -> None:
    reader = person("reader", ["todos:read", "todos:write"])
    for method, path in (("GET", "sessions"), ("DELETE", "sessions"), ("DELETE", "sessions/1")):
        problem(reader.call(method, path), 403, "insufficient-scope")


def test_one_is_ended(app: Flask, ada: Api, by_token: Api) -> None:
    """[ASVS 7.5.2]"""
    other = bearer(app, log_in(app, "ada")["access_token"])
    newest = listed(by_token)[0]["id"]
    assert by_token.delete(f"sessions/{newest}").status_code == 204
    problem(other.get("me"), 401, "unauthenticated")
    problem(by_token.delete(f"sessions/{newest}"), 404, "not-found")
    assert len(listed(by_token)) == 1


def test_the_own_is_ended(ada: Api, by_token: Api) -> None:
    (own,) = listed(by_token)
    assert by_token.delete(f"sessions/{own['id']}").status_code == 204
    problem(by_token.get("me"), 401, "unauthenticated")
    assert ada.get("me").status_code == 200


def test_anothers_is_like_one_that_does_not_exist(by_token: Api, bob: Api, root: Api) -> None:
    (own,) = listed(by_token)
    for other in (bob, root):
        assert listed(other) == []
        for method in ("GET", "DELETE"):
            answers = [other.call(method, f"sessions/{n}") for n in (own["id"], 10**9)]
            documents = [problem(answer, 404, "not-found") for answer in answers]
            assert documents[0]["detail"] == documents[1]["detail"]
    assert by_token.get("me").status_code == 200


def test_all_others_are_ended(app: Flask, ada: Api, by_token: Api) -> None:
    """[ASVS 7.4.3]"""
    other = bearer(app, log_in(app, "ada")["access_token"])
    response = by_token.delete("sessions")
    assert response.status_code == 204
    assert by_token.get("me").status_code == 200
    problem(other.get("me"), 401, "unauthenticated")
    assert ada.delete("sessions").status_code == 204  # a key is no login
    problem(by_token.get("me"), 401, "unauthenticated")


def test_an_administrator_logs_somebody_out(app: Flask, ada: Api, by_token: Api, root: Api) -> None:
    """[ASVS 7.4.5]"""
    tried = root.delete("users/ada/sessions?validate_only=true")
    assert tried.get_json() == {"valid": True}
    assert by_token.get("me").status_code == 200
    assert root.delete("users/ada/sessions").status_code == 204
    problem(by_token.get("me"), 401, "unauthenticated")
    assert ada.get("me").status_code == 200
    assert root.actor
    with app.app_context():
        last = db.session.scalars(select(Change).order_by(Change.id.desc())).first()
    assert last
    assert (last.noun, last.action, last.user_id) == ("session", "logout", root.actor.user_id)


def test_nobody_else_logs_somebody_out(by_token: Api, bob: Api, root: Api) -> None:
    problem(bob.delete("users/ada/sessions"), 403, "insufficient-scope")
    problem(root.delete("users/nobody/sessions"), 404, "not-found")
    assert by_token.get("me").status_code == 200


def test_there_is_nothing_to_write(by_token: Api) -> None:
    assert wrong(by_token.get("sessions?kind=token")) == {"kind": "unknown"}
    problem(by_token.post("sessions", {}), 405, "method-not-allowed")
