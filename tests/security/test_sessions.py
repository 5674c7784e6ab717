"""Sessions: OWASP ASVS 5.0, 7.2 to 7.4, a test for each criterion."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.api import Api, problem
from tests.support.logins import bearer, log_in
from tests.support.pages import PASSWORD, Browser
from tests.support.tables import contents
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import UserSession

ANOTHER = "seven loud herons knit"


@pytest.fixture
def browser(app: Flask, account: Api) -> Browser:
    """A browser in which alice is logged in."""
    browser = Browser(app)
    browser.log_in()
    return browser


@pytest.fixture
def tokens(app: Flask, account: Api) -> dict[str, Any]:
    """What a program got that alice lets log in."""
    return log_in(app, "alice", PASSWORD)


def inner_token(browser: Browser) -> str:
    """Return what the cookie holds, which anybody can read who has it."""
    interface: Any = browser.app.session_interface
    cookie = interface.get_signing_serializer(browser.app).loads(browser.cookie)
    token: str = cookie["_user_id"]
    return token


def is_over(browser: Browser) -> bool:
    """Tell whether the cookie opens nothing any more, wherever it was copied to."""
    thief = Browser(browser.app)
    thief.client.set_cookie("session", browser.cookie)
    return not thief.is_in()


def are_over(app: Flask, tokens: dict[str, Any]) -> bool:
    """Tell whether neither token works; one that does not must not be renewed either."""
    called = bearer(app, tokens["access_token"]).get("me")
    renewed = Api(app).post("auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert called.status_code == renewed.status_code
    if called.status_code == 200:
        return False
    problem(renewed, 401, "bad-refresh-token")
    return True


def test_7_2_1_7_2_3_the_cookie_is_opaque_and_its_hash_alone_is_kept(
    app: Flask, browser: Browser, tokens: dict[str, Any]
) -> None:
    token = inner_token(browser)
    assert len(token) >= 43  # 256 bits in Base64
    held = contents(app)
    [hashed] = [one["token_hash"] for one in held["user_session"] if one["kind"] == "browser"]
    assert hashed == hashlib.sha256(token.encode()).hexdigest()
    for secret in (token, browser.cookie, *tokens.values()):
        if isinstance(secret, str) and secret != "Bearer":
            assert secret not in str(held)
    for guess in (hashed, "alice", "1", token[:-1]):
        browser.client.set_cookie("session", _forged(app, guess))
        assert not browser.is_in()


def _forged(app: Flask, token: str) -> str:
    """Return a cookie that holds `token`, as if the secret key had leaked."""
    interface: Any = app.session_interface
    cookie: str = interface.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
    return cookie


def test_7_2_4_a_login_has_a_new_id(app: Flask, account: Api) -> None:
    browser = Browser(app)
    browser.get("/admin/login")
    planted = browser.cookie
    browser.log_in()
    first, thief = inner_token(browser), Browser(app)
    thief.client.set_cookie("session", planted)
    assert not thief.is_in()
    thief.client.set_cookie("session", browser.cookie)
    assert thief.is_in()
    browser.post("/admin/login", form="/admin", username="alice", password=PASSWORD)
    assert inner_token(browser) != first
    assert not thief.is_in()


def test_7_4_1_logout_ends_it_on_the_server(
    app: Flask, browser: Browser, tokens: dict[str, Any]
) -> None:
    copied = Browser(app)
    copied.client.set_cookie("session", browser.cookie)
    browser.post("/admin/logout", form="/admin")
    assert is_over(copied)
    assert not browser.is_in()
    revoked = Api(app).post("auth/revoke", {"token": tokens["refresh_token"]})
    assert revoked.status_code == 204
    assert are_over(app, tokens)
    assert contents(app)["user_session"] == []


#: What ends all that alice has, called by her or by an administrator.
ENDINGS: dict[str, Callable[[Api, Api], Any]] = {
    "another password": lambda alice, _: alice.put(
        "me/password", {"current_password": PASSWORD, "new_password": ANOTHER}
    ),
    "everywhere": lambda alice, _: alice.delete("sessions"),
    "everywhere, by an administrator": lambda _, root: root.delete("users/alice/sessions"),
    "a password set for her": lambda _, root: root.patch("users/alice", {"password": ANOTHER}),
    "deactivation": lambda _, root: root.patch("users/alice", {"is_active": False}),
    "deletion": lambda _, root: root.delete("users/alice?lists_to=root"),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_7_4_2_7_4_3_7_4_5_what_ends_every_session(
    app: Flask,
    account: Api,
    person: Callable[..., Api],
    browser: Browser,
    tokens: dict[str, Any],
    end: Callable[[Api, Api], Any],
) -> None:
    root = person("root", ["admin", "account", "todos:read", "todos:write"], role="admin")
    bob = Browser(app)
    person("bob", password=PASSWORD)
    bob.log_in("bob")
    answer = end(account, root)
    assert answer.status_code in (200, 204), answer.text
    assert is_over(browser)
    assert are_over(app, tokens)
    assert bob.is_in()


def test_7_4_3_the_sessions_page_ends_all_but_the_present_one(
    app: Flask, browser: Browser, tokens: dict[str, Any]
) -> None:
    other = Browser(app)
    other.log_in()
    browser.post("/admin/sessions/end-others", form="/admin/sessions")
    assert is_over(other)
    assert are_over(app, tokens)
    assert browser.is_in()


@pytest.mark.parametrize(
    ("column", "ago"),
    [("last_seen_at", timedelta(hours=72)), ("expires_at", timedelta(0))],
    ids=["7_3_1_idle", "7_3_2_absolute"],
)
def test_7_3_1_7_3_2_a_session_ends_by_itself(
    app: Flask, browser: Browser, tokens: dict[str, Any], column: str, ago: timedelta
) -> None:
    def move(by: timedelta) -> None:
        with app.app_context(), unit_of_work():
            moved = {"last_seen_at": utcnow(), column: utcnow() - by}
            db.session.execute(update(UserSession).values(moved))

    move(ago - timedelta(minutes=1))
    assert browser.is_in()
    assert bearer(app, tokens["access_token"]).get("me").status_code == 200
    move(ago)
    assert is_over(browser)
    assert are_over(app, tokens)
