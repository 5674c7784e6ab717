"""What X-Forwarded-* may claim: nothing, and behind proxies what the nearest of them say."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request

from tests.support.api import Api, problem
from tests.support.hostile import HEADER_VALUES
from todoapp.db import db
from todoapp.models import Change

#: Where the test client connects from.
PEER = "127.0.0.1"
#: What has nothing to do with the database is tried on one engine only.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Configured = Callable[..., Flask]


def seen(app: Flask, headers: dict[str, str]) -> tuple[Any, ...]:
    """Return address, scheme and host as the application takes them to be."""
    taken: list[tuple[Any, ...]] = []

    def note() -> None:
        taken.append((request.remote_addr, request.scheme, request.host))

    app.before_request_funcs[None].append(note)
    try:
        Api(app).get("/livez", headers=headers)
    finally:
        app.before_request_funcs[None].remove(note)
    return taken[0]


def forwarded(address: str, scheme: str, host: str) -> dict[str, str]:
    return {
        "X-Forwarded-For": address,
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-Host": host,
    }


CLAIMS = forwarded(
    "203.0.113.9, 198.51.100.7", "https, http", "far.example.com, near.example.com"
) | {
    "Forwarded": "for=203.0.113.9;proto=https;host=far.example.com",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/elsewhere",
    "X-Forwarded-Scheme": "https",
    "X-Real-IP": "203.0.113.9",
}


@one_engine
@pytest.mark.parametrize(
    ("proxies", "expected"),
    [
        ("0", (PEER, "http", "localhost")),
        ("1", ("198.51.100.7", "http", "near.example.com")),
        ("2", ("203.0.113.9", "https", "far.example.com")),
        ("3", (PEER, "http", "localhost")),
    ],
)
def test_forwarded_headers_are_believed_only_as_far_as_the_settings_say(
    configured: Configured, proxies: str, expected: tuple[str, ...]
) -> None:
    """ASVS 4.1.3."""
    assert seen(configured(proxies=proxies), CLAIMS) == expected


@one_engine
def test_a_client_behind_a_proxy_cannot_choose_its_address(configured: Configured) -> None:
    """The proxy adds to what the client sent; only what it added counts."""
    app = configured(proxies="1")
    for own in ("10.0.0.1", "127.0.0.1, 127.0.0.1", "', DROP"):
        assert seen(app, {"X-Forwarded-For": f"{own}, 198.51.100.7"})[0] == "198.51.100.7"


@one_engine
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("2001:DB8::0:1", "2001:db8::1"),
        ("fe80::1%" + "e" * 300, "fe80::1"),
        ("198.51.100.7:4711", PEER),
        ("unknown", PEER),
        ("_hidden", PEER),
        ("x" * 5000, PEER),
        ("", PEER),
    ],
)
def test_an_address_is_an_address(configured: Configured, address: str, expected: str) -> None:
    assert seen(configured(proxies="1"), {"X-Forwarded-For": address})[0] == expected


@one_engine
@pytest.mark.parametrize("scheme", ["javascript", "HTTPS", "https://", "", "wss"])
def test_a_scheme_is_http_or_https(configured: Configured, scheme: str) -> None:
    assert seen(configured(proxies="1"), {"X-Forwarded-Proto": scheme})[1] == "http"


def test_the_change_log_has_the_address_that_the_proxy_saw(
    configured: Configured, alice: Api
) -> None:
    behind = Api(configured(proxies="1"), alice.key)
    behind.post("todos", {"title": "x"}, headers={"X-Forwarded-For": "10.0.0.1, 198.51.100.7"})
    alice.todo()
    with alice.app.app_context():
        query = db.select(Change.address).order_by(Change.id.desc()).limit(2)
        assert db.session.scalars(query).all() == [PEER, "198.51.100.7"]


def test_the_host_that_a_proxy_names_must_be_ours(configured: Configured, alice: Api) -> None:
    app = configured(proxies="1", trusted_hosts="todo.example.com")
    behind = Api(app, alice.key)
    refused = behind.get("todos", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in refused.text
    problem(refused, 400, "untrusted-host")
    made = behind.post(
        "todos", {"title": "x"}, headers=forwarded("198.51.100.7", "https", "todo.example.com")
    )
    assert made.get_json()["url"].startswith("https://todo.example.com/api/v1/todos/")


def test_nothing_that_is_forwarded_breaks_anything(configured: Configured, alice: Api) -> None:
    behind = Api(configured(proxies="1"), alice.key)
    for value in HEADER_VALUES:
        for name in ("For", "Proto", "Host"):
            headers = {f"X-Forwarded-{name}": value}
            for method, path, body in (("GET", "/", None), ("POST", "todos", {"title": "x"})):
                answer = behind.call(method, path, body, headers=headers)
                assert answer.status_code < 500, (name, value[:40])
