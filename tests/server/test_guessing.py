"""Guessing passwords at the service as it runs in production [ASVS 6.3.1]."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import postgres, serve
from tests.support.serve import Answer, Server

PASSWORD = "swordfish and chips"


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    chosen = {"workers": "2", "threads": "4"}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_server")
        chosen["database_url"] = postgres.new_database(url, "guessing")
    with serve.gunicorn(tmp_path, **chosen) as running:
        for name in ("ada", "eve"):
            command = ("create-user", name, "--password-stdin")
            assert serve.todo(*command, env=running.env, stdin=PASSWORD).returncode == 0
        running.key = ""
        yield running


def log_in(server: Server, number: int, username: str, password: str = "wrong") -> Answer:
    """Claim to come from another address each time."""
    forged = {
        "X_Forwarded_For": f"192.0.2.{number}",
        "X_Real_IP": f"192.0.2.{number}",
        "Forwarded": f"for=192.0.2.{number}",
    }
    body = {"username": username, "password": password}
    return server.call("POST", "/api/v1/auth/token", body, **forged)


def test_of_40_guesses_at_once_15_reach_the_password(server: Server) -> None:
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda n: log_in(server, n, "ada"), range(40)))
    assert Counter(answer.status for answer in answers) == {401: 15, 429: 25}
    for answer in answers:
        if answer.status == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
            assert answer.json["code"] == "too-many-requests"
    # The right password comes too late, and so does everybody else's from this address.
    assert log_in(server, 41, "ada", PASSWORD).status == 429
    assert log_in(server, 42, "eve", PASSWORD).status == 429


def test_guesses_that_are_only_tried_count_as_well(server: Server) -> None:
    body = {"username": "ada", "password": "wrong"}
    path = "/api/v1/auth/token?validate_only=true"
    statuses = [server.call("POST", path, body).status for _ in range(16)]
    assert statuses == [401] * 15 + [429]


def test_an_account_of_ones_own_does_not_clear_the_way(server: Server) -> None:
    for number in range(14):
        assert log_in(server, number, "ada").status == 401
    for number in range(5):
        assert log_in(server, number, "eve", PASSWORD).status == 200
    assert [log_in(server, n, "ada").status for n in range(2)] == [401, 429]
