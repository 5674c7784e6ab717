"""Guessing passwords: OWASP ASVS 5.0, 6.3.1 and 6.3.8, at each door where one is typed.

That of 40 guesses at once 15 reach the password takes a server of many workers: see
tests/server/test_guessing.py.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.support.api import Api
from tests.support.logins import set_person
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import LoginAttempt

#: What depends on neither engine is tried on one.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
#: Try a password: as whom, with what, from which address.
Door = Callable[[Api, str, str, str], TestResponse]


def by_token(account: Api, username: str, password: str, address: str) -> TestResponse:
    body = {"username": username, "password": password}
    return Api(account.app).post("auth/token", body, environ_base=_from(address))


def by_page(account: Api, username: str, password: str, address: str) -> TestResponse:
    browser = Browser(account.app)
    browser.client.environ_base |= _from(address)
    return browser.log_in(username, password)


def by_change(account: Api, username: str, password: str, address: str) -> TestResponse:
    assert username == "alice"  # it takes a key
    body = {"current_password": password, "new_password": "seven loud herons knit"}
    return account.put("me/password", body, environ_base=_from(address))


def _from(address: str) -> dict[str, str]:
    """Return where a call comes from, and a claim that it comes from elsewhere, each another."""
    claim = f"10.0.0.{address.rpartition('.')[2]}"
    return {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": claim, "HTTP_X_REAL_IP": claim}


#: Each door, what it answers to a wrong password, and what to the right one.
DOORS = pytest.mark.parametrize(
    ("door", "wrong", "right"),
    [(by_token, 401, 200), (by_page, 422, 303), (by_change, 422, 204)],
    ids=["auth/token", "login page", "password change"],
)
LOGINS = pytest.mark.parametrize("door", [by_token, by_page], ids=["auth/token", "login page"])


def refused(response: TestResponse) -> bool:
    """Tell whether nothing was tried; who is told to wait is told how long."""
    if response.status_code != 429:
        return False
    assert 0 < int(response.headers["Retry-After"]) <= 900
    return True


@DOORS
def test_6_3_1_fifteen_guesses_for_each_account_from_wherever(
    account: Api, door: Door, wrong: int, right: int
) -> None:
    for number in range(15):
        answer = door(account, "alice", "wrong", f"198.51.100.{number}")
        assert answer.status_code == wrong
    assert refused(door(account, "alice", PASSWORD, "198.51.100.99"))


@one_engine
@DOORS
def test_6_3_1_fifteen_guesses_for_each_address_at_whatever_account(
    account: Api, door: Door, wrong: int, right: int
) -> None:
    logins = (by_token, by_page)
    for number in range(15):
        logins[number % 2](account, f"somebody{number}", "wrong", "198.51.100.7")
    assert refused(door(account, "alice", PASSWORD, "198.51.100.7"))
    # Others are let in meanwhile.
    assert door(account, "alice", PASSWORD, "198.51.100.8").status_code == right


@one_engine
@DOORS
def test_6_3_1_nobody_is_locked_out_for_good(
    app: Flask, account: Api, door: Door, wrong: int, right: int
) -> None:
    for _ in range(15):
        door(account, "alice", "wrong", "198.51.100.7")
    for _ in range(20):  # what is refused does not make it longer
        assert refused(door(account, "alice", PASSWORD, "198.51.100.7"))
    with app.app_context(), unit_of_work():  # a quarter of an hour later
        db.session.execute(update(LoginAttempt).values(ends_at=utcnow()))
    assert door(account, "alice", PASSWORD, "198.51.100.7").status_code == right


def test_6_3_1_guesses_of_others_do_not_keep_the_owner_out(account: Api) -> None:
    assert by_page(account, "alice", PASSWORD, "203.0.113.1").status_code == 303
    for number in range(16):
        last = by_token(account, "alice", "wrong", f"198.51.100.{number}")
    assert refused(last)
    assert by_token(account, "alice", PASSWORD, "203.0.113.1").status_code == 200


@one_engine
@LOGINS
def test_6_3_8_an_unknown_name_looks_like_a_wrong_password(
    app: Flask, account: Api, person: Callable[..., Api], door: Door
) -> None:
    person("arena", password=PASSWORD)
    set_person(app, "arena", is_active=False)
    tries = [("alice", "wrong"), ("abbie", "wrong"), ("abbie", PASSWORD), ("arena", PASSWORD)]
    seen = [_seen(door(account, *tried, "198.51.100.7"), tried[0]) for tried in tries]
    assert seen[1:] == seen[:1] * 3


#: What differs between any two calls: ids, the time, what is left of the limit, cookies.
_CALLS_OWN = {"Request-Id", "X-Request-ID", "Server-Timing", "Date", "RateLimit", "Set-Cookie"}


def _seen(response: TestResponse, username: str) -> tuple[int, list[Any], str]:
    headers = [(name, value) for name, value in response.headers if name not in _CALLS_OWN]
    text = response.text.replace(response.headers["Request-Id"], "…")
    text = re.sub(r'(name="csrf_token"[^>]* value=)"[^"]+"', r"\1", text)
    return response.status_code, headers, text.replace(username, "…")


@LOGINS
def test_6_3_8_an_unknown_name_takes_as_much_work(
    app: Flask, account: Api, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = PasswordHasher.verify
    hashed: list[Any] = []

    def spy(self: PasswordHasher, kept: str, password: bytes) -> Any:
        hashed.append(extract_parameters(kept))
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", spy)
    work = []
    for username in ("alice", "abbie"):
        hashed.clear()
        with counted(app) as statements:
            door(account, username, "wrong", "198.51.100.7")
        work.append((hashed.copy(), len(statements)))
    assert work[0] == work[1]
    assert len(work[0][0]) == 1
