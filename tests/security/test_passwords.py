"""Passwords: OWASP ASVS 5.0, 6.2 and 11.4.2, a test for each criterion."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Flask

from tests.support.api import Api, wrong
from tests.support.logins import bearer, column, log_in, set_person
from tests.support.pages import PASSWORD, Browser
from tests.support.tables import contents

#: What depends on neither engine is tried on one.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ANOTHER = "seven loud herons knit"
#: As OWASP recommends it.
PARAMETERS = "$argon2id$v=19$m=19456,t=2,p=1$"


def change(api: Api, new: str, current: str = PASSWORD) -> dict[str, str]:
    """Change the password; return what was wrong, if anything was."""
    body = {"current_password": current, "new_password": new}
    response = api.put("me/password", body)
    return {} if response.status_code == 204 else wrong(response)


def test_11_4_2_what_is_kept_of_a_password_is_argon2id(
    app: Flask, account: Api, person: Callable[..., Api]
) -> None:
    root = person("root", ["admin", "account"], role="admin")
    root.made("users", {"username": "grace", "password": PASSWORD})
    assert change(account, ANOTHER) == {}
    kept = {column(app, username, "password_hash") for username in ("alice", "grace")}
    assert len(kept) == 2
    assert all(one.startswith(PARAMETERS) for one in kept)
    assert PASSWORD not in str(contents(app))
    assert ANOTHER not in str(contents(app))


@one_engine
@pytest.mark.parametrize("by", ["token", "page"])
def test_11_4_2_a_login_renews_what_was_made_with_less(app: Flask, account: Api, by: str) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    set_person(app, "alice", password_hash=weak)
    if by == "token":
        log_in(app, "alice", PASSWORD)
    else:
        Browser(app).log_in()
    assert column(app, "alice", "password_hash").startswith(PARAMETERS)
    log_in(app, "alice", PASSWORD)


@one_engine
@pytest.mark.parametrize(
    "password", ["xq7 vb2k", "xq7vb2kw" * 16, "🦉🌊🍋🎻🧭🪁🧶🚲" * 16, "élan vîtàl"]
)
def test_6_2_1_6_2_8_8_to_128_characters_of_any_kind_will_do(
    app: Flask, account: Api, password: str
) -> None:
    assert change(account, password) == {}
    log_in(app, "alice", password)
    # It counts whole, as it was typed.
    for other in (password[:-1], password.upper(), f"{password} "):
        if other != password:
            body = {"username": "alice", "password": other}
            assert Api(app).post("auth/token", body).status_code == 401


@one_engine
def test_6_2_1_seven_characters_are_refused(account: Api) -> None:
    assert change(account, "xq7 vb2") == {"/new_password": "too_short"}
    assert change(account, "🦉🌊🍋🎻🧭🪁🧶") == {"/new_password": "too_short"}


@one_engine
@pytest.mark.parametrize("password", ["password", "PASSWORD", "password1", "12345678", "iloveyou"])
def test_6_2_4_common_passwords_are_refused(
    account: Api, person: Callable[..., Api], password: str
) -> None:
    assert change(account, password) == {"/new_password": "common"}
    root = person("root", ["admin", "account"], role="admin")
    new = root.post("users", {"username": "grace", "password": password})
    assert wrong(new) == {"/password": "common"}
    set_for = root.patch("users/alice", {"password": password})
    assert wrong(set_for) == {"/password": "common"}


def test_6_2_3_changing_a_password_takes_the_old_one(app: Flask, account: Api) -> None:
    for current in ("wrong", ANOTHER, PASSWORD.upper()):
        assert change(account, ANOTHER, current) == {"/current_password": "wrong"}
    body = {"new_password": ANOTHER}
    assert wrong(account.put("me/password", body)) == {"/current_password": "required"}
    browser = Browser(app)
    browser.log_in()
    page = browser.post("/admin/password", current_password="wrong", new_password=ANOTHER)
    assert page.status_code == 422
    log_in(app, "alice", PASSWORD)


@pytest.mark.parametrize("by", ["token", "page"])
def test_7_4_3_another_password_ends_all_other_sessions(app: Flask, account: Api, by: str) -> None:
    browser, elsewhere = Browser(app), Browser(app)
    tokens = [log_in(app, "alice", PASSWORD) for _ in range(2)]
    for one in (browser, elsewhere):
        one.log_in()
    callers = [bearer(app, one["access_token"]) for one in tokens]
    if by == "token":
        assert change(callers[0], ANOTHER) == {}
    else:
        browser.post("/admin/password", current_password=PASSWORD, new_password=ANOTHER)
    assert [caller.get("me").status_code for caller in callers] == [
        200 if by == "token" else 401,
        401,
    ]
    assert (browser.is_in(), elsewhere.is_in()) == (by == "page", False)
    renewed = Api(app).post("auth/refresh", {"refresh_token": tokens[1]["refresh_token"]})
    assert renewed.status_code == 401
