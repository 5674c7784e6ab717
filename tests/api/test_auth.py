"""/auth: logging in with tokens, renewing them, taking them back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support import serve
from tests.support.api import Api, problem, wrong
from tests.support.logins import PASSWORD, bearer, code, column, log_in, require_codes, set_person
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.limits import ACCESS_TOKEN_LIFETIME
from todoapp.models import Change, UserSession
from todoapp.services import sessions, token_format

NEW = "quiet lantern 4 hums"
Tokens = dict[str, Any]


@pytest.fixture
def ada(person: Callable[..., Api]) -> Api:
    """Somebody with a password."""
    return person("ada", password=PASSWORD)


@pytest.fixture
def tokens(app: Flask, ada: Api) -> Tokens:
    """What ada got when she logged in."""
    return log_in(app, "ada")


@pytest.fixture
def by_token(app: Flask, tokens: Tokens) -> Api:
    """Ada, calling with her access token."""
    return bearer(app, tokens["access_token"])


@pytest.fixture
def stranger(app: Flask) -> Api:
    return Api(app)


def renewed(app: Flask, token: str) -> Any:
    return Api(app).post("auth/refresh", {"refresh_token": token})


def logged(app: Flask, noun: str) -> list[tuple[str, int, str]]:
    """Return action, id and address of each change of a kind of thing."""
    with app.app_context():
        rows = db.session.scalars(select(Change).where(Change.noun == noun).order_by(Change.id))
        return [(row.action, row.noun_id, row.address or "") for row in rows]


def test_a_name_and_a_password_give_tokens(app: Flask, ada: Api, stranger: Api) -> None:
    """RFC 6749, 5.1"""
    response = stranger.post("auth/token", {"username": "ada", "password": PASSWORD})
    given = response.get_json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 900)
    assert "Set-Cookie" not in response.headers
    me = bearer(app, given["access_token"]).get("me").get_json()
    assert (me["username"], me["api_key"]) == ("ada", None)


def test_an_access_token_does_what_its_owner_may(by_token: Api) -> None:
    todo = by_token.todo("By token")
    assert by_token.patch(f"todos/{todo['id']}", {"title": "x"}).status_code == 200
    assert by_token.get("api-keys").status_code == 200
    assert by_token.made("api-keys", {"name": "x", "scopes": ["account"]})
    history = by_token.get(f"todos/{todo['id']}/history").get_json()["changes"]
    assert [(c["actor"], c["api_key"]) for c in history] == [("ada", None)] * 2
    assert by_token.get("/todos").status_code == 200
    problem(by_token.delete("users/ada/sessions"), 403, "insufficient-scope")


def test_a_wrong_password_is_refused(ada: Api, stranger: Api) -> None:
    bodies = [
        {"username": "ada", "password": "wrong"},
        {"username": "eve", "password": PASSWORD},
        {"username": "ada", "password": "wrong", "new_password": NEW, "otp": "000000"},
    ]
    for body in bodies:
        refused = stranger.post("auth/token", body)
        problem(refused, 401, "bad-credentials")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="todoapp"'


def test_guessing_is_throttled(ada: Api, stranger: Api) -> None:
    """[ASVS 6.3.1]"""
    body = {"username": "ada", "password": "wrong"}
    for _ in range(15):
        problem(stranger.post("auth/token", body), 401, "bad-credentials")
    refused = stranger.post("auth/token", {**body, "password": PASSWORD})
    problem(refused, 429, "too-many-requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 900


def test_a_guess_that_is_only_tried_counts(ada: Api, stranger: Api) -> None:
    body = {"username": "ada", "password": "wrong"}
    for _ in range(15):
        problem(stranger.post("auth/token?validate_only=true", body), 401, "bad-credentials")
    problem(stranger.post("auth/token", body), 429, "too-many-requests")


def test_a_body_is_checked_whole(stranger: Api) -> None:
    assert wrong(stranger.post("auth/token", {"otp": 5, "x": 1})) == {
        "/username": "required",
        "/password": "required",
        "/otp": "type",
        "/x": "unknown",
    }
    assert wrong(stranger.post("auth/refresh", {})) == {"/refresh_token": "required"}
    assert wrong(stranger.post("auth/revoke", {"token": ""})) == {"/token": "blank"}


def test_a_code_is_asked_for_where_the_second_factor_is_on(
    app: Flask, ada: Api, stranger: Api
) -> None:
    require_codes(app, "ada")
    body = {"username": "ada", "password": PASSWORD}
    problem(stranger.post("auth/token", body), 401, "otp-required")
    problem(stranger.post("auth/token", {**body, "otp": "12345x"}), 401, "bad-otp")
    used = code(app)
    assert log_in(app, "ada", otp=used)
    problem(stranger.post("auth/token", {**body, "otp": used}), 401, "bad-otp")


def test_a_password_that_somebody_else_set_is_changed_first(
    app: Flask, ada: Api, stranger: Api
) -> None:
    """[ASVS 6.4.1]"""
    set_person(app, "ada", must_change_password=True)
    body = {"username": "ada", "password": PASSWORD}
    problem(stranger.post("auth/token", body), 403, "password-change-required")
    weak = stranger.post("auth/token", {**body, "new_password": "password1"})
    assert list(wrong(weak)) == ["/new_password"]
    assert logged(app, "session") == []
    assert log_in(app, "ada", new_password=NEW)
    assert column(app, "ada", "must_change_password") is False
    problem(stranger.post("auth/token", body), 401, "bad-credentials")
    assert log_in(app, "ada", NEW)


def test_another_password_ends_the_other_logins(app: Flask, tokens: Tokens, by_token: Api) -> None:
    """[ASVS 7.4.3]"""
    given = log_in(app, "ada", new_password=NEW)
    problem(by_token.get("me"), 401, "unauthenticated")
    problem(renewed(app, tokens["refresh_token"]), 401, "bad-refresh-token")
    assert bearer(app, given["access_token"]).get("me").status_code == 200


def test_who_needs_a_second_factor_and_has_none_gets_no_tokens(
    app: Flask, ada: Api, stranger: Api
) -> None:
    set_person(app, "ada", two_factor_required=True)
    body = {"username": "ada", "password": PASSWORD}
    problem(stranger.post("auth/token", body), 403, "two-factor-required")
    require_codes(app, "ada")
    assert log_in(app, "ada", otp=code(app))


def test_an_expired_access_token_says_so(app: Flask, tokens: Tokens, ada: Api) -> None:
    assert ada.actor
    settings, at = app.config["SETTINGS"], utcnow() - ACCESS_TOKEN_LIFETIME
    with app.app_context():
        session_id = db.session.scalar(select(UserSession.id)) or 0
    old = token_format.access_token(ada.actor.user_id, session_id, settings=settings, at=at)
    refused = bearer(app, old).get("me")
    problem(refused, 401, "token-expired")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="todoapp", error="invalid_token"'


@pytest.mark.parametrize("token", ["a.b.c", "..", "\x80.\xff.x", "e30.e30.", "x" * 5000 + ".."])
def test_a_wrong_access_token_is_refused(app: Flask, token: str) -> None:
    """RFC 6750, 3"""
    refused = bearer(app, token).call("POST", "todos", data="{", content_type="text/plain")
    problem(refused, 401, "unauthenticated")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="todoapp", error="invalid_token"'


def test_an_access_token_is_taken_from_one_header_only(
    app: Flask, tokens: Tokens, stranger: Api
) -> None:
    token = tokens["access_token"]
    problem(Api(app, token).get("me"), 401, "unauthenticated")
    problem(stranger.get(f"me?access_token={token}"), 401, "unauthenticated")
    problem(stranger.get("me", headers={"Cookie": f"session={token}"}), 401, "unauthenticated")


def test_a_refresh_token_opens_nothing(app: Flask, tokens: Tokens) -> None:
    problem(bearer(app, tokens["refresh_token"]).get("me"), 401, "unauthenticated")


@pytest.mark.parametrize("values", [{"is_active": False}, {"deleted_at": utcnow()}])
def test_deactivation_ends_tokens_at_once(
    app: Flask, tokens: Tokens, by_token: Api, values: dict[str, Any]
) -> None:
    """[ASVS 7.4.2]"""
    assert by_token.get("me").status_code == 200
    set_person(app, "ada", **values)
    problem(by_token.get("me"), 401, "unauthenticated")
    problem(renewed(app, tokens["refresh_token"]), 401, "bad-refresh-token")


def test_the_role_counts_as_it_is_now(
    app: Flask, person: Callable[..., Api], by_token: Api
) -> None:
    person("bob")
    problem(by_token.delete("users/bob/sessions"), 403, "insufficient-scope")
    set_person(app, "ada", role="admin")
    assert by_token.delete("users/bob/sessions").status_code == 204


def test_a_refresh_gives_new_tokens(app: Flask, tokens: Tokens, by_token: Api) -> None:
    response = renewed(app, tokens["refresh_token"])
    given = response.get_json()
    assert response.headers["Cache-Control"] == "no-store"
    assert set(given) == set(tokens)
    assert given["refresh_token"] != tokens["refresh_token"]
    assert bearer(app, given["access_token"]).get("me").status_code == 200
    assert by_token.get("me").status_code == 200  # until it expires
    assert renewed(app, given["refresh_token"]).status_code == 200


def test_a_refresh_token_that_comes_again_ends_the_login(
    app: Flask, tokens: Tokens, by_token: Api
) -> None:
    """RFC 9700, 4.14.2"""
    given = renewed(app, tokens["refresh_token"]).get_json()
    problem(renewed(app, tokens["refresh_token"]), 401, "bad-refresh-token")
    for token in (tokens["access_token"], given["access_token"]):
        problem(bearer(app, token).get("me"), 401, "unauthenticated")
    problem(renewed(app, given["refresh_token"]), 401, "bad-refresh-token")
    assert [action for action, *_ in logged(app, "session")] == ["login", "logout"]
    assert logged(app, "session")[1][2] == "127.0.0.1"


def test_a_refresh_that_is_only_tried_uses_nothing_up(app: Flask, tokens: Tokens) -> None:
    body = {"refresh_token": tokens["refresh_token"]}
    for _ in range(2):
        assert Api(app).post("auth/refresh?validate_only=true", body).status_code == 200
    assert renewed(app, tokens["refresh_token"]).status_code == 200


def test_of_many_refreshes_at_once_one_wins(app: Flask, tokens: Tokens) -> None:
    gate = threading.Barrier(4)

    def one(_number: int) -> Any:
        gate.wait(serve.PATIENCE)
        return renewed(app, tokens["refresh_token"])

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    (winner,) = [answer.get_json() for answer in answers if answer.status_code == 200]
    # The others came again: what the winner got has ended with the login.
    problem(bearer(app, winner["access_token"]).get("me"), 401, "unauthenticated")
    assert [action for action, *_ in logged(app, "session")] == ["login", "logout"]


@pytest.mark.parametrize("column_name", ["last_seen_at", "expires_at"])
def test_a_login_that_is_over_is_not_renewed(
    app: Flask, tokens: Tokens, by_token: Api, column_name: str
) -> None:
    """[ASVS 7.3.1, 7.3.2]"""
    with app.app_context(), unit_of_work():
        old = utcnow() - timedelta(days=15)
        db.session.execute(update(UserSession).values({column_name: old}))
    problem(by_token.get("me"), 401, "unauthenticated")
    problem(renewed(app, tokens["refresh_token"]), 401, "bad-refresh-token")


@pytest.mark.parametrize("token", ["x", "WzEsMF0.x", "a.b.c", "todo_abcdefgh_x", "é", "x" * 4000])
def test_no_other_token_renews_anything(app: Flask, tokens: Tokens, token: str) -> None:
    problem(renewed(app, token), 401, "bad-refresh-token")
    problem(renewed(app, tokens["access_token"]), 401, "bad-refresh-token")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_a_token_logs_out(
    app: Flask, tokens: Tokens, by_token: Api, stranger: Api, kind: str
) -> None:
    """RFC 7009 [ASVS 7.4.1]"""
    for _ in range(2):
        assert stranger.post("auth/revoke", {"token": tokens[kind]}).status_code == 204
    problem(by_token.get("me"), 401, "unauthenticated")
    problem(renewed(app, tokens["refresh_token"]), 401, "bad-refresh-token")
    assert [action for action, *_ in logged(app, "session")] == ["login", "logout"]


def test_a_refresh_token_that_was_used_still_logs_out(
    app: Flask, tokens: Tokens, stranger: Api
) -> None:
    given = renewed(app, tokens["refresh_token"]).get_json()
    stranger.post("auth/revoke", {"token": tokens["refresh_token"]})
    problem(bearer(app, given["access_token"]).get("me"), 401, "unauthenticated")


def test_a_leaked_key_is_revoked_by_showing_it(app: Flask, ada: Api, stranger: Api) -> None:
    for _ in range(2):
        assert stranger.post("auth/revoke", {"token": ada.key}).status_code == 204
    problem(ada.get("me"), 401, "unauthenticated")
    actions = [action for action, *_ in logged(app, "api_key")]
    assert actions == ["create", "revoke"]


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "..", "todo_", "todo_abcdefgh_x", "é", "WzEsMF0.x", "x" * 4000]
)
def test_revoking_anything_else_changes_nothing(
    ada: Api, by_token: Api, stranger: Api, token: str
) -> None:
    """RFC 7009, 2.2"""
    assert ada.key
    for sent in (token, f"{ada.key[:-1]}{'x' if ada.key[-1] != 'x' else 'y'}"):
        assert stranger.post("auth/revoke", {"token": sent}).status_code == 204
    assert by_token.get("me").status_code == ada.get("me").status_code == 200


def test_answers_with_secrets_are_not_kept_for_retries(ada: Api, stranger: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    body = {"username": "ada", "password": PASSWORD}
    assert wrong(stranger.post("auth/token", body, headers=headers)) == {
        "Idempotency-Key": "refused"
    }


def test_logins_are_in_the_log_of_the_person_alone(
    app: Flask, person: Callable[..., Api], tokens: Tokens, by_token: Api, stranger: Api
) -> None:
    """[ASVS 16.3.1]"""
    stranger.post("auth/token", {"username": "ada", "password": "wrong"})
    assert [(a, at) for a, _, at in logged(app, "session")] == [("login", "127.0.0.1")]
    assert logged(app, "user")[-1][0] == "login_failed"
    seen = by_token.get("changes?noun=session").get_json()["changes"]
    assert [(c["action"], c["actor"]) for c in seen] == [("login", "ada")]
    assert by_token.get("changes?noun=user").get_json()["changes"][-1]["action"] == "login_failed"
    for other in (person("bob"), person("root", ["todos:read"], role="admin")):
        assert other.get("changes?noun=session").get_json()["changes"] == []


def test_what_was_logged_is_not_undone(by_token: Api) -> None:
    (login,) = by_token.get("changes?noun=session").get_json()["changes"]
    assert by_token.post(f"changes/{login['id']}/undo").status_code == 404
    assert by_token.get("me").status_code == 200


def test_a_call_by_token_takes_one_statement_to_know_who_it_is(app: Flask, by_token: Api) -> None:
    todo = by_token.todo()
    with counted(app) as statements:
        by_token.get(f"todos/{todo['id']}")
    assert len(statements) == 2, statements


def test_its_use_is_noted_at_most_once_a_minute(app: Flask, by_token: Api) -> None:
    def last_seen() -> Any:
        with app.app_context():
            return db.session.scalar(select(UserSession.last_seen_at))

    before = last_seen()
    by_token.get("me")
    assert last_seen() == before
    with app.app_context(), unit_of_work():
        db.session.execute(update(UserSession).values(last_seen_at=utcnow() - timedelta(minutes=2)))
    by_token.get("me")
    assert last_seen() >= before
    assert column(app, "ada", "last_seen_at") is not None


def test_a_cookie_of_a_session_is_no_credential_here(app: Flask, ada: Api, stranger: Api) -> None:
    """[ASVS 3.5]"""
    assert ada.actor
    with app.app_context(), unit_of_work():
        opened = sessions.open(ada.actor.user_id, "browser", lasts=timedelta(days=1), at=utcnow())
    assert opened.token
    for headers in ({"Authorization": f"Bearer {opened.token}"}, {"X-API-Key": opened.token}):
        problem(stranger.get("me", headers=headers), 401, "unauthenticated")
