"""Guessing passwords and codes [ASVS 6.3.1], counted in the database and in Redis."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import MakeSettings
from tests.support.redis import RedisServer
from tests.support.statements import counted
from todoapp import shared_redis
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import close_reader, db, forget_connections, unit_of_work
from todoapp.errors import TooManyRequests
from todoapp.models import LoginAttempt
from todoapp.services import throttle
from todoapp.services.throttle import Attempt

#: Redis goes by its own clock when it forgets, so these tests begin now.
NOW = utcnow().replace(microsecond=0)
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"

Try = Callable[..., bool]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["database", "redis"])
def counting(
    request: pytest.FixtureRequest,
    app: Flask,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """A service that counts in each place in turn."""
    if request.param == "database":
        yield app
        return
    server: RedisServer = request.getfixturevalue("redis")
    server.empty()
    monkeypatch.setattr(shared_redis, "PATIENCE", 10)  # on a busy machine too
    url = app.config["SETTINGS"].database_url
    service = create_app(make_settings(database_url=url, redis_url=server.url))
    yield service
    with service.app_context():
        forget_connections()


@pytest.fixture
def allowed(counting: Flask) -> Try:
    """Return a function that tries to log in and tells whether it got as far as the password."""

    def tried(
        username: str, address: str | None = HOME, *, at: datetime = NOW, succeed: bool = False
    ) -> bool:
        with counting.app_context(), unit_of_work():
            try:
                made = throttle.attempt(username, address, at=at)
            except TooManyRequests:
                return False
            finally:
                close_reader()  # a thread that ends leaves none open
            if succeed:
                made.succeeded()
            return True

    return tried


def refusal(app: Flask, username: str, address: str | None, at: datetime) -> TooManyRequests:
    with app.app_context(), unit_of_work(), pytest.raises(TooManyRequests) as raised:
        throttle.attempt(username, address, at=at)
    return raised.value


def test_15_guesses_at_an_account_are_allowed_wherever_they_come_from(allowed: Try) -> None:
    assert [allowed("ada", f"192.0.2.{n}") for n in range(17)] == [True] * 15 + [False] * 2
    assert allowed("eve", "192.0.2.99")


def test_15_guesses_from_an_address_are_allowed_whomever_they_are_about(allowed: Try) -> None:
    assert [allowed(f"ada{n}") for n in range(17)] == [True] * 15 + [False] * 2
    assert allowed("ada16", ELSEWHERE)


def test_of_40_guesses_at_once_15_get_through(allowed: Try) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: allowed("ada"), range(40))) == 15


def test_the_way_a_name_is_typed_does_not_matter(allowed: Try) -> None:
    names = ["ada", "ADA", " Ada", "aDa\n"]
    assert all(allowed(names[n % 4], f"192.0.2.{n}") for n in range(15))
    assert not any(allowed(name, ELSEWHERE) for name in names)


def test_there_are_never_more_than_15_in_any_15_minutes(allowed: Try) -> None:
    """Though most of the first 15 came late: a window that just began anew would allow 15 more."""
    assert allowed("ada", at=NOW)
    late = NOW + timedelta(minutes=14, seconds=59)
    assert all(allowed("ada", at=late) for _ in range(14))
    assert not allowed("ada", at=late)
    later = NOW + timedelta(minutes=15, seconds=1)
    assert [allowed("ada", at=later) for _ in range(3)] == [True, False, False]


def test_being_refused_does_not_prolong_it(allowed: Try, counting: Flask) -> None:
    assert all(allowed("ada") for _ in range(15))
    assert refusal(counting, "ada", HOME, NOW + timedelta(minutes=14)).retry_after == 60
    assert allowed("ada", at=NOW + timedelta(minutes=15))


def test_it_says_when_the_fuller_of_both_has_room_again(allowed: Try, counting: Flask) -> None:
    assert all(allowed("ada", f"192.0.2.{n + 100}") for n in range(15))
    assert all(allowed(f"ada{n}", at=NOW + timedelta(minutes=5)) for n in range(15))
    at = NOW + timedelta(minutes=10)
    assert refusal(counting, "ada", ELSEWHERE, at).retry_after == 5 * 60
    assert refusal(counting, "ada", HOME, at).retry_after == 10 * 60


def test_a_success_gives_back_its_own_count_only(allowed: Try) -> None:
    """Else an attacker would clear the address by logging in to an account of his own."""
    assert all(allowed("ada") for _ in range(14))
    assert all(allowed("eve", succeed=True) for _ in range(20))
    assert [allowed("ada") for _ in range(2)] == [True, False]


def test_strangers_cannot_keep_the_owner_out(allowed: Try) -> None:
    assert allowed("ada", HOME, succeed=True)
    assert sum(allowed("ada", f"198.51.100.{n}") for n in range(30)) == 15
    assert allowed("ada", HOME, at=NOW + timedelta(minutes=1), succeed=True)


def test_at_a_known_address_15_are_allowed_as_well(allowed: Try) -> None:
    assert allowed("ada", HOME, succeed=True)
    assert sum(allowed("ada", HOME) for _ in range(20)) == 15


def test_an_address_is_known_for_30_days(allowed: Try, counting: Flask) -> None:
    if counting.extensions["redis"]:
        pytest.skip("Redis forgets by its own clock")
    assert allowed("ada", HOME, succeed=True)
    later = NOW + timedelta(days=29)
    assert sum(allowed("ada", f"198.51.100.{n}", at=later) for n in range(30)) == 15
    assert allowed("ada", HOME, at=later)
    later = NOW + timedelta(days=30)
    assert sum(allowed("ada", f"198.51.100.{n}", at=later) for n in range(30)) == 15
    assert not allowed("ada", HOME, at=later)


def test_without_an_address_the_account_counts(allowed: Try) -> None:
    assert [allowed("ada", None) for _ in range(16)] == [True] * 15 + [False]


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "x" * 100_000, "' OR 1=1 --", "a\nb"])
def test_any_name_can_be_counted(allowed: Try, name: str) -> None:
    assert sum(allowed(name) for _ in range(16)) == 15


@pytest.mark.parametrize(
    ("address", "stands_for"),
    [
        (None, ""),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:2:3:4:5", "2001:0db8:0000:0001::/64"),
        ("2001:db8:0:1:ffff::", "2001:0db8:0000:0001::/64"),
        ("2001:db8:0:2::", "2001:0db8:0000:0002::/64"),
        ("not an address", "not an address"),
    ],
)
def test_ipv6_addresses_count_by_their_network(address: str | None, stands_for: str) -> None:
    assert throttle.network(address) == stands_for


def test_what_was_typed_is_not_kept(allowed: Try, app: Flask) -> None:
    """People type their password where the name should go, and a plain hash could be guessed."""
    assert allowed("hunter2")
    with app.app_context():
        kept = db.session.scalars(select(LoginAttempt.key)).all()
    assert not any("hunter2" in key or HOME in key for key in kept)


def test_who_is_refused_only_reads(app: Flask) -> None:
    with app.app_context():
        for _ in range(15):
            with unit_of_work():
                throttle.attempt("ada", HOME, at=NOW)
        with unit_of_work(), counted(app) as statements, pytest.raises(TooManyRequests):
            throttle.attempt("ada", HOME, at=NOW)
    assert len(statements) == 2
    assert all(statement.startswith("SELECT") for statement in statements)


def test_the_count_survives_the_failure_of_the_call(app: Flask) -> None:
    with app.app_context():
        for _ in range(15):
            with unit_of_work() as unit:
                throttle.attempt("ada", HOME, at=NOW)
                unit.rollback = True
    assert refusal(app, "ada", HOME, NOW)


def marks(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(func.count()).select_from(LoginAttempt)).one()


def test_what_has_ended_is_removed(app: Flask) -> None:
    with app.app_context():
        for n in range(3):
            with unit_of_work():
                throttle.attempt("ada", f"192.0.2.{n}", at=NOW)
        assert marks(app) == 6
        later = NOW + timedelta(minutes=15)
        with unit_of_work():
            throttle.attempt("eve", HOME, at=later)
        assert marks(app) == 2
        with unit_of_work():
            assert throttle.prune(later + timedelta(minutes=15)) == 2
    assert marks(app) == 0


def test_while_redis_is_away_the_database_counts(
    app: Flask, make_settings: MakeSettings, tmp_path: object
) -> None:
    url = app.config["SETTINGS"].database_url
    lonely = create_app(make_settings(database_url=url, redis_url="redis://127.0.0.1:1/0"))
    with lonely.app_context(), unit_of_work():
        made = throttle.attempt("ada", HOME, at=NOW)
        assert marks(app) == 2
        made.succeeded()
    assert marks(app) == 1
    with lonely.app_context():
        forget_connections()


def test_a_success_while_redis_goes_away_is_no_error(
    app: Flask, make_settings: MakeSettings, redis: RedisServer
) -> None:
    redis.empty()
    url = app.config["SETTINGS"].database_url
    lonely = create_app(make_settings(database_url=url, redis_url=redis.url))
    with lonely.app_context(), unit_of_work():
        made: Attempt = throttle.attempt("ada", HOME, at=NOW)
        redis.kill()
        try:
            made.succeeded()
        finally:
            redis.start()
    with lonely.app_context():
        forget_connections()
