"""How many requests a caller may make, and what the answers say of it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import MakeSettings
from tests.support.api import Api, problem
from tests.support.redis import RedisServer
from todoapp import shared_redis
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import forget_connections, unit_of_work
from todoapp.services import accounts
from todoapp.web import rate_limits, windows

ME, INDEX = "/api/v1/me", "/api/v1/openapi.json"
WRONG = "todo_AAAAAAAA_" + "A" * 43

Opened = Callable[..., FlaskClient]


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Nothing here is about the database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def opened(app: Flask, database_url: str, make_settings: MakeSettings) -> Iterator[Opened]:
    """Return a function that opens the service with other settings."""
    made: list[Flask] = []

    def with_settings(**chosen: str) -> FlaskClient:
        made.append(create_app(make_settings(database_url=database_url, **chosen)))
        return made[-1].test_client()

    yield with_settings
    for one in made:
        with one.app_context():
            forget_connections()


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """One that is waited for, on a busy machine too."""
    monkeypatch.setattr(shared_redis, "PATIENCE", 10)
    with RedisServer(tmp_path) as server:
        yield server


def get(client: FlaskClient, path: str = ME, by: Api | str = "", **environ: Any) -> TestResponse:
    key = by.key if isinstance(by, Api) else by
    headers = {"X-API-Key": key} if key else {}
    return client.get(path, headers=headers, environ_overrides=environ)


def statuses(client: FlaskClient, count: int, *args: Any, **environ: Any) -> list[int]:
    return [get(client, *args, **environ).status_code for _ in range(count)]


def test_every_answer_says_how_many_requests_are_left(opened: Opened, alice: Api) -> None:
    client = opened(rate_limit="600/60")
    for left in (599, 598):
        answer = get(client, ME, alice)
        assert answer.headers.getlist("RateLimit-Policy") == ['"default";q=600;w=60']
        assert answer.headers.getlist("RateLimit") == [f'"default";r={left};t=60']
    assert "RateLimit" in get(client, "/api/v1/todos/999", alice).headers


def test_beyond_the_limit_it_is_429_and_says_when_to_come_again(opened: Opened, alice: Api) -> None:
    client = opened(rate_limit="3/60")
    assert statuses(client, 3, ME, alice) == [200] * 3
    answer = get(client, ME, alice)
    problem(answer, 429, "too-many-requests")
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["RateLimit"] == '"default";r=0;t=60'


def test_a_refused_write_does_nothing(opened: Opened, alice: Api) -> None:
    client = opened(rate_limit="1/60")
    headers = {"X-API-Key": alice.key}
    made = [client.post("/api/v1/todos", json={"title": "x"}, headers=headers) for _ in "ab"]
    assert [answer.status_code for answer in made] == [201, 429]
    assert len(alice.get("todos").json["todos"]) == 1


def test_the_window_ends_by_itself(
    opened: Opened, alice: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened(rate_limit="2/60")
    assert statuses(client, 3, ME, alice) == [200, 200, 429]
    later = time.monotonic() + 60
    monkeypatch.setattr(windows, "monotonic", lambda: later)
    assert get(client, ME, alice).status_code == 200


def test_each_key_has_its_own_limit(opened: Opened, alice: Api, bob: Api) -> None:
    client = opened(rate_limit="2/60")
    other = alice.made("api-keys", {"name": "other", "scopes": ["account"]})["key"]
    assert statuses(client, 3, ME, alice) == [200, 200, 429]
    assert statuses(client, 3, ME, other) == [200, 200, 429]
    assert statuses(client, 1, ME, bob) == [200]


def test_without_a_key_the_address_counts(opened: Opened, alice: Api) -> None:
    client = opened(rate_limit="2/60")
    assert statuses(client, 3, INDEX) == [200, 200, 429]
    assert statuses(client, 3, INDEX, REMOTE_ADDR="192.0.2.7") == [200, 200, 429]
    assert get(client, ME, alice).status_code == 200


def test_a_forged_address_changes_nothing(opened: Opened) -> None:
    client = opened(rate_limit="2/60")
    forged = [{"HTTP_X_FORWARDED_FOR": f"192.0.2.{n}"} for n in range(3)]
    assert [get(client, INDEX, **one).status_code for one in forged] == [200, 200, 429]


def test_without_any_key_an_address_is_not_asked_for_one_forever(opened: Opened) -> None:
    client = opened(rate_limit="2/60")
    assert statuses(client, 3, ME) == [401, 401, 429]


def test_the_simple_face_is_limited_as_well(opened: Opened, alice: Api) -> None:
    client = opened(rate_limit="2/60")
    assert statuses(client, 3, "/todos", alice) == [200, 200, 429]
    answer = get(client, "/todos", alice)
    assert answer.json == {"error": "Too many requests: wait."}
    assert answer.headers["Retry-After"] == "60"


def test_guests_are_counted_by_their_address(opened: Opened, app: Flask) -> None:
    with app.app_context(), unit_of_work():
        accounts.ensure_guest(at=utcnow())
    client = opened(rate_limit="2/60", guest_access="true")
    assert statuses(client, 3, "/todos") == [200, 200, 429]
    assert statuses(client, 1, "/todos", REMOTE_ADDR="192.0.2.7") == [200]


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/health", "/docs", "/static/0/css/base.css"]
)
def test_what_is_no_api_is_not_limited(opened: Opened, path: str) -> None:
    client = opened(rate_limit="2/60")
    for _ in range(4):
        with get(client, path) as answer:
            assert answer.status_code == 200
            assert "RateLimit" not in answer.headers


def test_off_means_no_limit_and_no_header(opened: Opened, alice: Api) -> None:
    client = opened(rate_limit="off")
    answer = get(client, ME, alice)
    assert answer.status_code == 200
    assert not {"RateLimit", "RateLimit-Policy"} & set(answer.headers.keys())


@pytest.mark.parametrize("rate", ["off", "100000/60"])
def test_wrong_keys_are_limited_by_address_and_right_ones_go_on(
    opened: Opened, alice: Api, rate: str
) -> None:
    client = opened(rate_limit=rate)
    most = rate_limits.FAILURES[0]
    assert statuses(client, most + 2, ME, WRONG) == [401] * most + [429] * 2
    assert "Retry-After" in get(client, ME, "another").headers
    assert get(client, ME, alice).status_code == 200
    assert get(client, ME, WRONG, REMOTE_ADDR="192.0.2.7").status_code == 401


def test_services_that_share_a_redis_count_together(
    opened: Opened, alice: Api, redis: RedisServer
) -> None:
    one, two = (opened(rate_limit="4/60", redis_url=redis.url) for _ in range(2))
    assert [get(client, ME, alice).status_code for client in (one, two) * 3] == [200] * 4 + [
        429
    ] * 2
    assert get(two, ME, alice).headers["RateLimit"] == '"default";r=0;t=60'


def test_a_window_in_redis_ends_by_itself(opened: Opened, alice: Api, redis: RedisServer) -> None:
    client = opened(rate_limit="1/1", redis_url=redis.url)
    assert statuses(client, 2, ME, alice) == [200, 429]
    time.sleep(1.05)
    assert get(client, ME, alice).status_code == 200


def left(client: FlaskClient, by: Api) -> int:
    answer = get(client, ME, by)
    assert answer.status_code == 200
    return int(answer.headers["RateLimit"].split(";")[1].removeprefix("r="))


def test_while_redis_is_away_each_counts_for_itself(
    opened: Opened, alice: Api, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_redis, "PAUSE", 0.5)
    client = opened(rate_limit="600/60", redis_url=redis.url)
    assert [left(client, alice) for _ in range(3)] == [599, 598, 597]
    redis.kill()
    assert [left(client, alice) for _ in range(2)] == [599, 598]
    redis.start()
    assert left(client, alice) == 597
    time.sleep(0.6)
    assert [left(client, alice) for _ in range(2)] == [599, 598]


def test_a_redis_that_does_not_answer_holds_nobody_up(
    opened: Opened, alice: Api, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_redis, "PATIENCE", 0.1)
    client = opened(rate_limit="600/60", redis_url=redis.url)
    get(client, ME, alice)
    redis.pause()
    started = time.monotonic()
    assert statuses(client, 20, ME, alice) == [200] * 20
    assert time.monotonic() - started < 3  # one in all waited for it


def test_requests_are_answered_where_redis_never_was(opened: Opened, alice: Api) -> None:
    client = opened(rate_limit="2/60", redis_url="redis://127.0.0.1:1/0")
    assert statuses(client, 3, ME, alice) == [200, 200, 429]
