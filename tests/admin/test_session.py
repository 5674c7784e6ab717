"""Logging in and out in a browser: the cookie, the forms, and what ends a session."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import MakeSettings
from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections, unit_of_work
from todoapp.limits import Action, Noun
from todoapp.models import Change, User, UserSession

Configured = Callable[..., Flask]
ANOTHER = "seven loud herons knit"
#: What depends on neither engine is tried on one.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def account(person: Callable[..., Api]) -> Api:
    """Alice, who has a password."""
    return person("alice", password=PASSWORD)


@pytest.fixture
def browser(app: Flask, account: Api) -> Browser:
    return Browser(app)


def update(app: Flask, model: Any, **values: Any) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(db.update(model).values(**values))


def count(app: Flask, action: Action) -> int:
    with app.app_context():
        query = db.select(db.func.count()).select_from(Change).where(Change.action == action)
        return db.session.scalar(query) or 0


def sessions(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(db.select(db.func.count()).select_from(UserSession)) or 0


def set_cookie(response: TestResponse) -> set[str]:
    """Return the attributes of the one cookie that is set, its name among them."""
    [line] = response.headers.getlist("Set-Cookie")
    name, *attributes = line.split("; ")
    return {name.split("=")[0], *attributes}


def test_a_page_asks_to_log_in_and_comes_back(browser: Browser) -> None:
    asked = browser.get("/admin/sessions?x=%C3%BC")
    assert asked.status_code == 303
    assert asked.location == "/admin/login?next=/admin/sessions?x%3D%25C3%25BC"
    assert browser.get("/admin").location == "/admin/login"
    entered = browser.post(asked.location, username="alice", password=PASSWORD)
    assert (entered.status_code, entered.location) == (303, "/admin/sessions?x=%C3%BC")
    assert "logged in as </span>alice" in browser.get(entered.location).text
    assert browser.get("/admin/login").location == "/admin/"
    assert count(browser.app, Action.LOGIN) == 1


@pytest.mark.parametrize(
    ("username", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("<b>", "x"), ("\0", "x")]
)
def test_an_unknown_name_and_a_wrong_password_look_the_same(
    browser: Browser, username: str, password: str
) -> None:
    """ASVS 6.3.8."""
    answer = browser.log_in(username, password)
    assert answer.status_code == 422
    assert "The name or the password is wrong." in answer.text
    assert "Error: Log in" in answer.text
    assert password not in re.findall(r'value="([^"]*)"', answer.text)
    assert "<b>" not in answer.text
    assert not browser.is_in()
    assert count(browser.app, Action.LOGIN_FAILED) == 1


def test_what_is_missing_is_said_beside_its_field(browser: Browser) -> None:
    answer = browser.log_in("alice", "")
    assert answer.status_code == 422
    assert '<p class="field-error" id="password-error">Enter your password.</p>' in answer.text
    assert re.search(r'<input aria-describedby="password-error" aria-invalid="true"', answer.text)
    assert '<a href="#password">Password: Enter your password.</a>' in answer.text
    assert 'value="alice"' in answer.text
    assert count(browser.app, Action.LOGIN_FAILED) == 0


def test_guessing_ends_in_a_page_that_says_how_long(browser: Browser) -> None:
    """ASVS 6.3.1."""
    for _ in range(15):
        assert browser.log_in(password="wrong").status_code == 422
    refused = browser.log_in()
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert re.search(r"Too many attempts. Try again in 1[45] minutes.", refused.text)
    assert not browser.is_in()


def test_somebody_who_was_shut_out_cannot_log_in_and_is_out_at_once(browser: Browser) -> None:
    browser.log_in()
    update(browser.app, User, is_active=False)
    assert not browser.is_in()
    assert Browser(browser.app).log_in().status_code == 422


def test_the_cookie_over_http(browser: Browser) -> None:
    """ASVS 3.3.2, 3.3.4."""
    assert set_cookie(browser.log_in()) == {"session", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_the_cookie_over_https(app: Flask, account: Api) -> None:
    """ASVS 3.3.1, 3.3.3."""
    secure = Browser(app, "https://localhost")
    attributes = {"__Host-session", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert set_cookie(secure.log_in()) == attributes
    assert secure.is_in()
    gone = set_cookie(secure.post("/admin/logout", form="/admin"))
    assert attributes < gone
    assert "Max-Age=0" in gone


@one_engine
def test_behind_a_proxy_that_speaks_tls_the_cookie_is_secure(
    configured: Configured, account: Api
) -> None:
    app = configured(public_url="https://todo.example.com")
    answer = Browser(app, "http://todo.example.com").get("/admin/login")
    assert {"__Host-session", "Secure"} < set_cookie(answer)


def test_a_login_gets_a_session_of_its_own(browser: Browser) -> None:
    """ASVS 7.2.4: a session that was planted before is worth nothing after it."""
    browser.get("/admin/login")
    planted = browser.cookie
    browser.log_in()
    first = browser.cookie
    assert first != planted
    thief = Browser(browser.app)
    for value in (planted, "", "x", first[:-1], first[::-1]):
        thief.client.set_cookie("session", value)
        assert not thief.is_in()
    thief.client.set_cookie("session", first)
    assert thief.is_in()
    # Logging in again, say from a page that was still open, ends the session before.
    page = Browser(browser.app)
    page.client.set_cookie("session", planted)
    browser.post("/admin/login", form="/admin", username="alice", password=PASSWORD)
    assert browser.cookie != first
    assert browser.is_in()
    assert not thief.is_in()
    assert sessions(browser.app) == 1


def test_a_login_ends_on_the_server_with_the_logout(browser: Browser) -> None:
    """ASVS 7.4.1, 14.3.1."""
    browser.log_in()
    kept = browser.cookie
    left = browser.post("/admin/logout", form="/admin")
    assert (left.status_code, left.location) == (303, "/admin/login")
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.cookie == ""
    browser.client.set_cookie("session", kept)
    assert not browser.is_in()
    assert sessions(browser.app) == 0
    assert count(browser.app, Action.LOGOUT) == 1


@pytest.mark.parametrize(
    ("column", "ago"),
    [("last_seen_at", timedelta(hours=73)), ("expires_at", timedelta(seconds=1))],
)
def test_a_session_ends_by_itself(browser: Browser, column: str, ago: timedelta) -> None:
    """ASVS 7.3.1, 7.3.2."""
    browser.log_in()
    assert browser.is_in()
    update(browser.app, UserSession, **{column: utcnow() - ago})
    assert not browser.is_in()


def test_the_cookie_says_nothing_of_who_it_is(browser: Browser) -> None:
    browser.log_in()
    with browser.app.app_context():
        [row] = db.session.scalars(db.select(UserSession)).all()
        assert row.token_hash
        assert row.token_hash not in browser.cookie
        assert row.expires_at - row.created_at == timedelta(days=14)
        assert row.address == "127.0.0.1"


def test_the_last_use_of_a_session_is_noted(browser: Browser) -> None:
    browser.log_in()
    update(browser.app, UserSession, last_seen_at=utcnow() - timedelta(hours=1))
    browser.get("/admin").close()
    with browser.app.app_context():
        last_seen_at = db.session.scalars(db.select(UserSession.last_seen_at)).one()
    assert utcnow() - last_seen_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/admin/login", {"username": "alice", "password": PASSWORD}),
        ("/admin/logout", {}),
        ("/admin/password", {"current_password": PASSWORD, "new_password": ANOTHER}),
        ("/admin/sessions/1/end", {}),
        ("/admin/sessions/end-others", {}),
        ("/admin/two-factor", {"password": PASSWORD}),
        ("/admin/two-factor/confirm", {"otp": "123456"}),
        ("/admin/two-factor/recovery-codes", {"password": PASSWORD}),
        ("/admin/two-factor/disable", {"password": PASSWORD, "otp": "123456"}),
    ],
)
@pytest.mark.parametrize("token", [None, "", "forged", "somebody else's"])
def test_every_form_needs_its_token(
    browser: Browser, path: str, fields: dict[str, str], token: str | None
) -> None:
    """ASVS 3.5.1."""
    browser.log_in()
    if token == "somebody else's":
        page = Browser(browser.app).get("/admin/login").text
        token = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page)[0]
    answer = browser.send(path, **fields, **({} if token is None else {"csrf_token": token}))
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "<h1>The form is too old</h1>" in answer.text
    assert browser.is_in()
    assert count(browser.app, Action.NEW_PASSWORD) == count(browser.app, Action.LOGOUT) == 0


def test_nothing_happens_by_looking(browser: Browser) -> None:
    """ASVS 3.5.3."""
    browser.log_in()
    for path in ("/admin/logout", "/admin/sessions/1/end", "/admin/sessions/end-others"):
        assert browser.get(path).status_code == 405
    browser.get(f"/admin/password?current_password={PASSWORD}&new_password={ANOTHER}")
    assert browser.is_in()
    assert Browser(browser.app).log_in().status_code == 303


def test_the_api_reads_no_cookie(browser: Browser) -> None:
    browser.log_in()
    for path in ("/api/v1/todos", "/api/v1/me", "/secret_todos"):
        answer = browser.get(path)
        assert answer.status_code == 401
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


@one_engine
@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("/admin", "/admin"),
        ("/admin/sessions", "/admin/sessions"),
        ("/admin/sessions?a=b&c=%C3%BC", "/admin/sessions?a=b&c=%C3%BC"),
        ("/admin?x=1", "/admin?x=1"),
        ("", "/admin/"),
        ("/", "/admin/"),
        ("/administer", "/admin/"),
        ("//evil.example/admin", "/admin/"),
        ("/\\evil.example", "/admin/"),
        ("/admin\\..\\evil", "/admin/"),
        ("/admin/\\evil.example", "/admin/"),
        ("https:evil.example", "/admin/"),
        ("https://evil.example/admin/", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        (" /admin/sessions", "/admin/"),
        ("/admin/\tx", "/admin/"),
        ("/admin/\r\nSet-Cookie: x=y", "/admin/"),
        ("/admin/sessions\n", "/admin/"),
        ("/admin/\0", "/admin/"),
        ("/admin/ü", "/admin/"),
        ("\x01//evil.example", "/admin/"),
    ],
)
def test_after_the_login_one_stays_on_our_pages(
    browser: Browser, target: str, reached: str
) -> None:
    """ASVS 3.7.2."""
    page = browser.get("/admin/login", query_string={"next": target})
    token = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)[0]
    answer = browser.client.post(
        "/admin/login",
        query_string={"next": target},
        data={"username": "alice", "password": PASSWORD, "csrf_token": token},
    )
    assert (answer.status_code, answer.location) == (303, reached)
    assert browser.get("/admin/login", query_string={"next": target}).location == reached


def test_changing_the_password_takes_the_old_one_and_ends_other_sessions(
    browser: Browser,
) -> None:
    """ASVS 6.2.2, 6.2.3, 7.4.3."""
    browser.log_in()
    other = Browser(browser.app)
    other.log_in()
    changed = browser.post("/admin/password", current_password=PASSWORD, new_password=ANOTHER)
    assert (changed.status_code, changed.location) == (303, "/admin/")
    assert "Your password is changed." in browser.get("/admin").text
    assert "Your password is changed." not in browser.get("/admin").text
    assert not other.is_in()
    assert other.log_in(password=PASSWORD).status_code == 422
    assert other.log_in(password=ANOTHER).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("", ANOTHER, "current_password"),
        (PASSWORD, "", "new_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "password1", "new_password"),
        (PASSWORD, "x" * 257, "new_password"),
        ("wrong", ANOTHER, "current_password"),
    ],
)
def test_a_password_that_will_not_do_is_refused_beside_its_field(
    browser: Browser, current: str, new: str, field: str
) -> None:
    browser.log_in()
    answer = browser.post("/admin/password", current_password=current, new_password=new)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert not {current, new} & set(re.findall(r'value="([^"]+)"', answer.text))
    assert count(browser.app, Action.NEW_PASSWORD) == 0


def test_guessing_the_current_password_ends_too(browser: Browser) -> None:
    """ASVS 6.3.1."""
    browser.log_in()
    for _ in range(15):
        answer = browser.post("/admin/password", current_password="wrong", new_password=ANOTHER)
        assert answer.status_code == 422
    assert 'id="current_password-error">Is not your password.' in answer.text
    refused = browser.post("/admin/password", current_password=PASSWORD, new_password=ANOTHER)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "Too many attempts." in refused.text


def test_a_password_that_somebody_else_set_comes_first(browser: Browser) -> None:
    update(browser.app, User, must_change_password=True)
    browser.log_in()
    for path in ("/admin", "/admin/sessions"):
        assert browser.get(path).location == "/admin/password"
    assert "Somebody else has set your password." in browser.get("/admin/password").text
    assert browser.post("/admin/sessions/end-others", form="/admin/password").status_code == 303
    assert (
        browser.post("/admin/password", current_password=PASSWORD, new_password=ANOTHER).location
        == "/admin/"
    )
    assert browser.is_in()


def test_one_may_leave_without_changing_the_password(browser: Browser) -> None:
    update(browser.app, User, must_change_password=True)
    browser.log_in()
    assert browser.post("/admin/logout", form="/admin/password").location == "/admin/login"


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(browser: Browser) -> None:
    """ASVS 7.5.2."""
    browser.log_in()
    others = [Browser(browser.app) for _ in range(3)]
    for other in others:
        other.log_in()
    page = browser.get("/admin/sessions").text
    assert page.count("This one") == 1
    ids = re.findall(r"/admin/sessions/(\d+)/end", page)
    assert len(ids) == 3
    browser.post(f"/admin/sessions/{max(ids, key=int)}/end", form="/admin/sessions")
    assert [other.is_in() for other in others] == [True, True, False]
    assert "That session has ended." in browser.get("/admin/sessions").text
    again = browser.post(f"/admin/sessions/{max(ids, key=int)}/end", form="/admin/sessions")
    assert again.status_code == 303
    browser.post("/admin/sessions/end-others", form="/admin/sessions")
    assert [other.is_in() for other in others] == [False, False, False]
    assert browser.is_in()


def test_nobody_ends_what_is_somebody_elses(
    browser: Browser, person: Callable[..., Api], app: Flask
) -> None:
    person("bob", password=ANOTHER)
    browser.log_in()
    bob = Browser(app)
    bob.log_in("bob", ANOTHER)
    with app.app_context():
        alices = db.session.scalars(db.select(db.func.min(UserSession.id))).one()
    assert bob.post(f"/admin/sessions/{alices}/end", form="/admin/sessions").status_code == 303
    assert browser.is_in()
    assert "127.0.0.1" in bob.get("/admin/sessions").text
    assert f"/admin/sessions/{alices}/end" not in bob.get("/admin/sessions").text


def test_pages_are_kept_by_no_browser(browser: Browser) -> None:
    """ASVS 14.3.2."""
    browser.log_in()
    for path in ("/admin", "/admin/sessions", "/admin/password", "/admin/login"):
        answer = browser.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]


def test_pages_are_plain_and_have_one_heading(browser: Browser) -> None:
    browser.log_in()
    for path in ("/admin", "/admin/sessions", "/admin/password", "/admin/login"):
        page = Browser(browser.app).get(path).text if path.endswith("login") else browser.get(path)
        text = page if isinstance(page, str) else page.text
        assert text.count("<h1") == 1
        assert "style=" not in text
        assert "<script>" not in text


def test_fields_tell_password_managers_what_they_are(browser: Browser) -> None:
    """ASVS 6.2.7."""
    login = browser.get("/admin/login").text
    for name in ("username", "current-password", "one-time-code"):
        assert f'autocomplete="{name}"' in login
    browser.log_in()
    page = browser.get("/admin/password").text
    for name in ("username", "current-password", "new-password"):
        assert f'autocomplete="{name}"' in page


def test_the_login_is_recorded_with_where_it_came_from(browser: Browser) -> None:
    browser.log_in()
    with browser.app.app_context():
        query = db.select(Change).where(Change.noun == Noun.SESSION)
        change = db.session.scalars(query).one()
        assert (change.action, change.address) == (Action.LOGIN, "127.0.0.1")
        assert change.user_id is not None


@one_engine
def test_while_the_database_is_away_a_page_says_so(
    browser: Browser, make_settings: MakeSettings, tmp_path: Path
) -> None:
    browser.log_in()
    secret = browser.app.config["SETTINGS"].secret_key
    away = make_settings(secret_key=secret, database_url=f"sqlite:///{tmp_path / 'none.db'}")
    app = create_app(away)
    other = Browser(app)
    other.client.set_cookie("session", browser.cookie)
    answer = other.get("/admin/sessions")
    with app.app_context():
        forget_connections()
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert answer.headers["Retry-After"] == "1"
