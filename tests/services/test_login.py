"""Who logs in: what is asked, what strangers learn, what is noted."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from tests.support.api import Api
from tests.support.logins import PASSWORD, code, column, require_codes, set_person
from todoapp.clock import utcnow
from todoapp.db import Origin, db, unit_of_work
from todoapp.errors import Forbidden, TooManyRequests, Unauthenticated
from todoapp.limits import SessionKind
from todoapp.models import Change, UserSession
from todoapp.services import login


@pytest.fixture
def ada(person: Callable[..., Api]) -> Api:
    """Somebody with a password."""
    return person("ada", password=PASSWORD)


def verify(
    app: Flask,
    username: str = "ada",
    password: str = PASSWORD,
    otp: str | None = None,
    address: str = "192.0.2.7",
) -> Any:
    secret_key = app.config["SETTINGS"].secret_key
    with app.app_context(), unit_of_work(Origin("r1", address, "Agent 7")):
        return login.verify(username, password, otp, secret_key=secret_key, at=utcnow())


def refusal(app: Flask, *arguments: Any, **options: Any) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as raised:
        verify(app, *arguments, **options)
    return raised.value


def failures(app: Flask) -> list[Any]:
    with app.app_context():
        return list(
            db.session.scalars(
                select(Change).where(Change.action == "login_failed").order_by(Change.id)
            )
        )


@pytest.mark.parametrize("username", ["ada", "Ada", " ADA "])
def test_the_name_and_the_password_will_do(app: Flask, ada: Api, username: str) -> None:
    assert ada.actor
    assert verify(app, username).id == ada.actor.user_id
    assert failures(app) == []


@pytest.mark.parametrize("password", ["", "x", PASSWORD.upper(), f"{PASSWORD} ", "\x00", "x" * 300])
def test_another_password_will_not(app: Flask, ada: Api, password: str) -> None:
    assert refusal(app, password=password).code == "bad-credentials"


@pytest.mark.parametrize("username", ["eve", "", "a\x00b", "ädа", "x" * 500, "' OR 1=1 --"])
def test_a_name_that_there_is_not_is_refused_alike(app: Flask, ada: Api, username: str) -> None:
    """[ASVS 6.3.8]"""
    wrong, unknown = refusal(app, password="wrong"), refusal(app, username)
    assert (unknown.code, unknown.detail, unknown.facts) == (wrong.code, wrong.detail, wrong.facts)


@pytest.mark.parametrize(
    "values", [{"is_active": False}, {"deleted_at": utcnow()}, {"password_hash": None}]
)
def test_who_may_not_log_in_is_refused_alike(app: Flask, ada: Api, values: dict[str, Any]) -> None:
    wrong = refusal(app, password="wrong")
    set_person(app, "ada", **values)
    assert (refusal(app).code, refusal(app).detail) == (wrong.code, wrong.detail)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_unknown_name_takes_as_long_as_a_wrong_password(app: Flask, ada: Api) -> None:
    """[ASVS 6.3.8]"""

    def seconds(username: str, number: int) -> float:
        began = time.perf_counter()
        refusal(app, username, "wrong", address=f"192.0.2.{number}")
        return time.perf_counter() - began

    taken = [(seconds("ada", n), seconds("eve", n)) for n in range(9)]
    wrong, unknown = (statistics.median(times) for times in zip(*taken, strict=True))
    assert 0.5 < unknown / wrong < 2


def test_a_failure_is_recorded_though_the_call_is_refused(app: Flask, ada: Api) -> None:
    assert ada.actor
    refusal(app, password="wrong horse")
    refusal(app, "eve", "wrong horse")
    known, unknown = failures(app)
    assert (known.noun, known.noun_id, known.user_id) == ("user", ada.actor.user_id, None)
    assert (known.address, known.user_agent, known.request_id) == ("192.0.2.7", "Agent 7", "r1")
    assert (unknown.noun, unknown.noun_id) == ("user", 0)
    assert known.diff == unknown.diff == {"wrong": [None, "password"]}
    for change in (known, unknown):
        assert "horse" not in repr(vars(change))
        assert "eve" not in repr(vars(change))


def test_a_code_is_needed_where_the_second_factor_is_on(app: Flask, ada: Api) -> None:
    require_codes(app, "ada")
    assert refusal(app).code == "otp-required"
    assert refusal(app, otp="").code == "otp-required"
    assert refusal(app, otp="000000x").code == "bad-otp"
    assert failures(app)[-1].diff == {"wrong": [None, "code"]}
    assert verify(app, otp=code(app)).username == "ada"


def test_a_code_logs_in_once(app: Flask, ada: Api) -> None:
    """[ASVS 6.5.1]"""
    require_codes(app, "ada")
    used = code(app)
    verify(app, otp=used)
    assert refusal(app, otp=used).code == "bad-otp"


def test_a_stranger_does_not_learn_that_a_code_is_needed(app: Flask, ada: Api) -> None:
    require_codes(app, "ada")
    assert refusal(app, password="wrong", otp=code(app)).code == "bad-credentials"


def test_guesses_are_throttled_and_success_gives_its_own_back(app: Flask, ada: Api) -> None:
    """[ASVS 6.3.1]"""
    for _ in range(16):
        verify(app)
    for _ in range(15):
        refusal(app, password="wrong")
    with pytest.raises(TooManyRequests):
        verify(app)
    assert len(failures(app)) == 15


def test_guesses_at_codes_are_throttled(app: Flask, ada: Api) -> None:
    require_codes(app, "ada")
    for _ in range(15):
        refusal(app, otp="000000x")
    with pytest.raises(TooManyRequests):
        verify(app, otp=code(app))


def test_a_hash_is_renewed_when_the_parameters_have_grown(app: Flask, ada: Api) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    set_person(app, "ada", password_hash=weak)
    refusal(app, password="wrong")
    assert column(app, "ada", "password_hash") == weak
    verify(app)
    renewed = column(app, "ada", "password_hash")
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    verify(app)
    assert column(app, "ada", "password_hash") == renewed


def test_what_is_noted_outlives_a_refusal_of_the_call(app: Flask, ada: Api) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    set_person(app, "ada", password_hash=weak)
    secret_key = app.config["SETTINGS"].secret_key

    def refused() -> None:
        with app.app_context(), unit_of_work():
            login.verify("ada", PASSWORD, None, secret_key=secret_key, at=utcnow())
            raise Forbidden("Something else stands in the way.")

    for _ in range(20):
        with pytest.raises(Forbidden):
            refused()
    assert column(app, "ada", "password_hash") != weak


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"password_hash": "another"},
        {"is_active": False},
        {"deleted_at": utcnow()},
        {"totp_enabled_at": utcnow()},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_login_does_not_outlive_what_would_have_ended_it(
    app: Flask, ada: Api, meanwhile: dict[str, Any]
) -> None:
    """[ASVS 7.4.3] It takes a moment from the password to the session; all may change in it."""
    person = verify(app)
    set_person(app, "ada", **meanwhile)
    with app.app_context(), unit_of_work(), pytest.raises(Unauthenticated) as refused:
        login.enter(person, SessionKind.TOKEN, lasts=timedelta(days=1), at=utcnow())
    assert refused.value.code == "bad-credentials"
    with app.app_context():
        assert db.session.scalars(select(UserSession)).all() == []


def test_a_login_that_renews_the_hash_is_no_other_person(app: Flask, ada: Api) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    set_person(app, "ada", password_hash=weak)
    person = verify(app)
    assert person.password_hash == column(app, "ada", "password_hash") != weak
    with app.app_context(), unit_of_work():
        assert login.enter(person, SessionKind.TOKEN, lasts=timedelta(days=1), at=utcnow()).id
