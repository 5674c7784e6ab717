"""What is answered: OWASP ASVS 5.0, a test for each criterion.

What the header Server says takes a real one: see tests/server/test_gunicorn.py.
"""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.support.api import Api, problem
from tests.support.logins import bearer, code, log_in, require_codes
from tests.support.pages import PASSWORD, Browser
from todoapp.web.log import JsonLines

#: What depends on neither engine is tried on one.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGES = ("/docs", "/problems", "/problems/malformed", "/admin/login", "/admin/nothing")


@pytest.mark.parametrize("path", PAGES)
def test_3_4_a_page_loads_and_runs_nothing_but_its_own(app: Flask, path: str) -> None:
    headers = Api(app).get(path, headers={"Accept": "text/html"}).headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    named = (one.partition(" ") for one in headers["Content-Security-Policy"].split("; "))
    policy = {name: value for name, _, value in named}
    for name in ("default-src", "frame-ancestors", "base-uri"):
        assert policy.pop(name) == "'none'"
    images = policy.pop("img-src")
    assert images == ("'self' data:" if path == "/docs" else "'self'")
    assert set(policy) >= {"style-src", "script-src", "font-src", "form-action", "connect-src"}
    assert set(policy.values()) == {"'self'"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers


@one_engine
@pytest.mark.parametrize("path", [*PAGES, "/api/v1", "/api/v1/todos", "/todos", "/livez"])
def test_3_4_1_who_came_over_https_stays_there(app: Flask, path: str) -> None:
    secure = Api(app).get(path, base_url="https://localhost").headers
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in Api(app).get(path).headers


@one_engine
def test_14_3_1_logging_out_clears_the_browser(app: Flask, account: Api) -> None:
    browser = Browser(app)
    browser.log_in()
    page = browser.get("/admin")
    assert page.headers["Cache-Control"] == "no-store"
    left = browser.post("/admin/logout", form="/admin")
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_14_3_what_is_private_is_not_kept_by_caches(alice: Api) -> None:
    todo = alice.todo()
    assert alice.get(f"todos/{todo['id']}").headers["Cache-Control"] == "private, no-cache"
    for path in ("todos", "lists", "me", "api-keys", "changes", "/todos"):
        assert alice.get(path).headers["Cache-Control"] == "no-store"
    made = alice.post("api-keys", {"name": "x", "scopes": ["account"]})
    assert made.headers["Cache-Control"] == "no-store"


def test_3_4_2_pages_of_other_origins_are_not_let_in(alice: Api) -> None:
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        for response in (
            alice.get("todos", headers={"Origin": origin}),
            alice.call("OPTIONS", "todos", headers={"Origin": origin}),
            alice.get("todos/1", headers={"Origin": origin}),
        ):
            assert not [name for name, _ in response.headers if name.startswith("Access-Co")]


@one_engine
def test_3_4_2_an_origin_that_is_named_is_let_in_without_cookies(
    alice: Api, configured: Callable[..., Flask]
) -> None:
    page = Api(configured(cors_origins="https://app.example.com"), alice.key)
    for origin, allowed in (
        ("https://app.example.com", "https://app.example.com"),
        ("https://evil.example", None),
        ("https://app.example.com.evil.example", None),
        ("http://app.example.com", None),
        ("null", None),
    ):
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for response in (
            page.get("todos", headers={"Origin": origin}),
            page.get("todos/987654321", headers={"Origin": origin}),
            Api(page.app).call("OPTIONS", "todos", headers=asks),
        ):
            assert response.headers.get("Access-Control-Allow-Origin") == allowed
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert "Origin" in response.headers["Vary"]
    for path in ("/todos", "/admin/login", "/docs"):
        headers = page.get(path, headers={"Origin": "https://app.example.com"}).headers
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_13_4_trace_is_refused(alice: Api, method: str) -> None:
    for path in ("todos", "/todos", "/admin", "/livez"):
        response = alice.call(method, path, headers={"Cookie": "a=secret"})
        assert response.status_code in (404, 405)
        assert b"secret" not in response.data


@pytest.mark.parametrize("path", ["/.env", "/.git/config", "/todoapp.db", "/static/../wsgi.py"])
def test_13_4_nothing_is_served_that_is_not_meant_to_be(app: Flask, path: str) -> None:
    assert Api(app).get(path).status_code == 404


def test_16_5_an_error_of_ours_shows_nothing_of_us(
    alice: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("SELECT secret FROM /srv/todoapp")

    monkeypatch.setattr("todoapp.services.todo_rows.read", fail)
    client = alice.app.test_client()  # tests.support.api takes no 500 for an answer
    for accept in ("application/json", "text/html"):
        headers = {"Accept": accept, "X-API-Key": alice.key or ""}
        response = client.get("/api/v1/todos/1", headers=headers)
        problem(response, 500, "internal-error")
        for inner in ("RuntimeError", "SELECT", "/srv", "Traceback", ".py"):
            assert inner not in response.text


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """Return a function that gives what was logged, as production writes it."""
    logger = logging.getLogger("todoapp")
    logger.addHandler(caplog.handler)
    yield lambda: [JsonLines().format(record) for record in caplog.records]
    logger.removeHandler(caplog.handler)


def test_16_2_5_the_log_holds_no_secrets(
    app: Flask, alice: Api, lines: Callable[[], list[str]]
) -> None:
    alice.post("todos?validate_only=true", {"title": "a secret title"})
    alice.get("todos?q=confidential", headers={"Cookie": "session=cookie-secret"})
    login = {"username": "alice", "password": "the password", "otp": "123123"}
    Api(app).post("auth/token", login)
    Api(app, "todo_wrongkey_0000").get("todos")
    log = "\n".join(lines())
    assert log.count("\n") == 3
    for secret in (alice.key or "", "secret", "confidential", "password", "123123", "wrongkey"):
        assert secret not in log


def test_16_2_5_the_log_holds_nothing_that_logs_in(
    app: Flask, account: Api, lines: Callable[[], list[str]]
) -> None:
    browser = Browser(app)
    browser.log_in()
    browser.get("/admin/sessions")
    cookies = [browser.cookie]
    browser.post("/admin/logout", form="/admin/sessions")
    require_codes(app, "alice")
    otp = code(app)
    tokens = log_in(app, "alice", PASSWORD, otp=otp)
    bearer(app, tokens["access_token"]).get("me")
    bearer(app, f"{tokens['access_token']}x").get("me")
    Api(app).get(f"me?access_token={tokens['access_token']}")
    used = {"refresh_token": tokens["refresh_token"]}
    new = Api(app).post("auth/refresh", used).get_json()
    Api(app).post("auth/refresh", used)
    Api(app).post("auth/revoke", {"token": new["refresh_token"]})
    secrets = [one[name] for one in (tokens, new) for name in ("access_token", "refresh_token")]
    log = "\n".join(lines())
    assert log.count("\n") == 11
    for secret in (*secrets, *cookies, otp, PASSWORD):
        assert secret
        # Nor a part of it that could be told from others.
        assert secret not in log
        assert secret[-16:] not in log


def test_16_4_1_nothing_sent_can_forge_a_line(alice: Api, lines: Callable[[], list[str]]) -> None:
    forged = '\r\n{"level": "info", "message": "forged"}'
    alice.get("todos/%0d%0aforged", headers={"User-Agent": "x\\n{}"})
    alice.get("todos", query_string={"q": forged})
    assert len(lines()) == 2
    for line in lines():
        assert "\n" not in line
        assert json.loads(line)["message"] == "request"
