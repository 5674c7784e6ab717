"""What every answer says to browsers: a test for each promise."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import Api

Configured = Callable[..., Flask]
HSTS = "max-age=31536000; includeSubDomains"
#: Pages, errors among them, and answers to programs.
PAGES = ["/admin", "/docs", "/problems", "/problems/not-found", "/nothing", "/admin/nothing"]
OTHERS = ["/api/v1/openapi.json", "/api/v1/todos", "/api/v1/nothing", "/todos", "/livez", "/health"]
#: Nothing of the following depends on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def browse(app: Flask, path: str, base_url: str = "http://localhost") -> TestResponse:
    return Api(app).get(path, headers={"Accept": "text/html"}, base_url=base_url)


def directives(response: TestResponse) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in policy.split("; "))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_only_what_is_ours_and_nothing_inline(app: Flask, path: str) -> None:
    """ASVS 3.4.3."""
    policy = directives(browse(app, path))
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("frame-ancestors") == "'none'"
    assert policy.pop("base-uri") == "'none'"
    assert policy.pop("img-src") == ("'self' data:" if path == "/docs" else "'self'")
    assert policy == dict.fromkeys(
        ["style-src", "script-src", "font-src", "connect-src", "form-action"], "'self'"
    )


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_little_about_itself_and_stands_alone(app: Flask, path: str) -> None:
    """ASVS 3.4.5, 3.4.8, 3.5.8."""
    headers = browse(app, path).headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"


@pytest.mark.parametrize("path", [*PAGES, *OTHERS, "/static/0/css/base.css"])
def test_no_type_is_guessed(app: Flask, path: str) -> None:
    """ASVS 3.4.4."""
    assert browse(app, path).headers.getlist("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
def test_nothing_private_is_stored(app: Flask, path: str) -> None:
    """ASVS 14.2.2."""
    assert browse(app, path).headers["Cache-Control"] in ("no-store", "private, no-cache")


@pytest.mark.parametrize("path", [*PAGES, *OTHERS, "/static/0/css/base.css"])
def test_https_stays_https_for_a_year(app: Flask, path: str) -> None:
    """ASVS 3.4.1."""
    secure = browse(app, path, "https://localhost").headers
    assert secure.getlist("Strict-Transport-Security") == [HSTS]
    assert "Strict-Transport-Security" not in browse(app, path).headers


def test_where_only_the_proxy_speaks_tls_its_word_or_the_public_url_counts(
    configured: Configured,
) -> None:
    told = {"X-Forwarded-Proto": "https"}
    for chosen, headers, expected in (
        ({}, told, None),
        ({"proxies": "1"}, told, HSTS),
        ({"proxies": "1"}, {}, None),
        ({"public_url": "https://todo.example.com"}, {}, HSTS),
        ({"public_url": "http://todo.example.com"}, {}, None),
    ):
        answer = Api(configured(**chosen)).get("/livez", headers=headers)
        assert answer.headers.get("Strict-Transport-Security") == expected, chosen


@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
def test_trace_is_refused(app: Flask, path: str) -> None:
    """ASVS 13.4.4."""
    answer = Api(app).call("TRACE", path, headers={"X-Secret": "echo"})
    assert answer.status_code in (404, 405)
    assert "echo" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/.git/config",
        "/todoapp.db",
        "/instance/secret_key",
        "/static/0/../wsgi.py",
        "/static/%2e%2e/.git/config",
        "/static/0/css/%2e%2e/%2e%2e/wsgi.py",
        "/static/0/css/..%5c..%5cwsgi.py",
        "/static//etc/passwd",
        "/static/0/css",
        "/static/",
    ],
)
def test_no_file_is_served_that_is_not_meant_to_be(app: Flask, path: str) -> None:
    """ASVS 13.4.1, 13.4.3, 13.4.7."""
    assert browse(app, path).status_code == 404
