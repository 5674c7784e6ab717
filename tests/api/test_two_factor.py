"""/me/two-factor: begun with the password, confirmed with a code, turned off with both."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import psycopg
import pyotp
import pytest
import segno
from flask import Flask
from sqlalchemy import select

from tests.support import postgres, serve
from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow
from todoapp.db import Base, db, unit_of_work
from todoapp.limits import SessionKind
from todoapp.models import Change, User
from todoapp.services import passwords, sessions, two_factor

PASSWORD = "correct horse battery"
HERE = "me/two-factor"


@pytest.fixture(autouse=True)
def _not_between_two_steps() -> None:
    """What is an old code when a test begins is to be as old when it ends."""
    left = 30 - time.time() % 30
    if left < 4:
        time.sleep(left)


@pytest.fixture
def ada(person: Callable[..., Api]) -> Api:
    """Somebody with a password."""
    return person("ada", password=PASSWORD)


def begin(who: Api) -> Any:
    response = who.post(HERE, {"password": PASSWORD})
    assert response.status_code == 200, response.text
    return response.get_json()


def code(secret: str, steps: int = 0) -> str:
    """Return what the app shows now, or so many steps later."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)


def enable(who: Api) -> tuple[str, list[str]]:
    """Turn the second factor on; return the secret and the recovery codes."""
    secret = begin(who)["secret"]
    response = who.post(f"{HERE}/confirm", {"otp": code(secret, -1)})
    assert response.status_code == 200, response.text
    return secret, response.get_json()["recovery_codes"]


def change(who: Api, **columns: Any) -> None:
    """Change an account in the database."""
    with who.app.app_context(), unit_of_work():
        assert who.actor
        user = db.session.get_one(User, who.actor.user_id)
        for name, value in columns.items():
            setattr(user, name, value)


def diffs(who: Api) -> list[Any]:
    """Return what the log says of the account since it was made."""
    with who.app.app_context():
        updates = select(Change).where(Change.noun == "user", Change.action == "update")
        return [row.diff for row in db.session.scalars(updates.order_by(Change.id))]


def test_it_is_off_until_a_code_is_confirmed(ada: Api) -> None:
    off = {"enabled": False, "required": False, "enabled_at": None, "recovery_codes_left": 0}
    assert ada.get(HERE).get_json() == off
    secret = begin(ada)["secret"]
    assert ada.get(HERE).get_json() == off
    response = ada.post(f"{HERE}/confirm", {"otp": code(secret)})
    codes = response.get_json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-z2-7]{4}-){5}[a-z2-7]{4}", one) for one in codes)
    state = ada.get(HERE).get_json()
    assert (state["enabled"], state["recovery_codes_left"]) == (True, 10)
    assert state["enabled_at"]
    assert diffs(ada) == [
        {"two_factor_begun": [False, True]},
        {"two_factor_enabled": [False, True]},
    ]


def test_secrets_are_not_kept_by_caches_or_for_retries(ada: Api) -> None:
    secret, _ = enable(ada)
    response = ada.post(f"{HERE}/recovery-codes", {"password": PASSWORD})
    assert response.headers["Cache-Control"] == "no-store"
    for path in ("", "/confirm", "/recovery-codes", "/disable"):
        refused = ada.post(f"{HERE}{path}", {}, headers={"Idempotency-Key": "x"})
        assert wrong(refused) == {"Idempotency-Key": "refused"}
    assert secret not in response.text


def test_the_link_sets_up_an_app(ada: Api) -> None:
    begun = begin(ada)
    link = urlsplit(begun["otpauth_uri"])
    assert (link.scheme, link.netloc) == ("otpauth", "totp")
    assert unquote(link.path) == "/todoapp localhost:ada"
    assert parse_qs(link.query) == {"secret": [begun["secret"]], "issuer": ["todoapp localhost"]}
    app = pyotp.parse_uri(begun["otpauth_uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.generate_otp(4711) == pyotp.TOTP(begun["secret"]).generate_otp(4711)


def dark(svg: str) -> set[tuple[int, int]]:
    """Return the dark modules, by row and column, of the strokes that an SVG draws."""
    path = ElementTree.fromstring(svg).findall(".//{*}path[@stroke]")[0].attrib["d"]
    found: set[tuple[int, int]] = set()
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        values = [float(n) for n in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            found |= {(int(y), int(x) + n) for n in range(int(values[0]))}
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return found


def test_the_picture_is_the_qr_code_of_the_link(ada: Api) -> None:
    begun = begin(ada)
    matrix = segno.make(begun["otpauth_uri"], error="m", micro=False).matrix_iter(border=4)
    expected = {(y, x) for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit}
    assert expected
    assert dark(begun["qr_svg"]) == expected
    assert not re.search(r"style|script|data:|<\?xml", begun["qr_svg"])


def test_a_stolen_database_gives_no_secret(ada: Api) -> None:
    secret, codes = enable(ada)
    with ada.app.app_context(), db.engines["reads"].connect() as connection:
        everything = repr(
            [connection.execute(t.select()).all() for t in Base.metadata.sorted_tables]
        )
    assert "ada" in everything
    for kept in (secret, *codes, *(one.replace("-", "") for one in codes), PASSWORD):
        assert kept.lower() not in everything.lower()
    raw = pyotp.TOTP(secret).byte_secret()
    assert raw.hex() not in everything


def test_who_begins_again_gets_another_secret(ada: Api) -> None:
    first, second = begin(ada)["secret"], begin(ada)["secret"]
    assert first != second
    assert wrong(ada.post(f"{HERE}/confirm", {"otp": code(first)})) == {"/otp": "wrong"}
    assert ada.post(f"{HERE}/confirm", {"otp": code(second)}).status_code == 200


def test_it_is_not_turned_on_twice(ada: Api) -> None:
    secret, _ = enable(ada)
    problem(ada.post(HERE, {"password": PASSWORD}), 409, "two-factor-enabled")
    problem(ada.post(f"{HERE}/confirm", {"otp": code(secret)}), 409, "two-factor-enabled")


def test_what_is_off_is_not_confirmed_renewed_or_turned_off(ada: Api) -> None:
    both = {"password": PASSWORD, "otp": "123456"}
    for path, names in (("confirm", ["otp"]), ("recovery-codes", ["password"]), ("disable", both)):
        body = {name: both[name] for name in names}
        problem(ada.post(f"{HERE}/{path}", body), 409, "two-factor-off")


def test_each_call_asks_for_the_password_or_a_code(ada: Api) -> None:
    """ASVS 7.5.1."""
    guess = {"password": "wrong horse"}
    assert wrong(ada.post(HERE, guess)) == {"/password": "wrong"}
    secret, codes = enable(ada)
    assert wrong(ada.post(f"{HERE}/recovery-codes", guess)) == {"/password": "wrong"}
    for body, errors in (
        ({**guess, "otp": code(secret)}, {"/password": "wrong"}),
        ({"password": PASSWORD, "otp": code(secret, 5)}, {"/otp": "wrong"}),
        ({"password": PASSWORD, "otp": code(secret, -1)}, {"/otp": "wrong"}),  # used to confirm
        ({}, {"/password": "required", "/otp": "required"}),
        ({"password": 1, "otp": "x" * 65}, {"/password": "type", "/otp": "too_long"}),
    ):
        assert wrong(ada.post(f"{HERE}/disable", body)) == errors
    assert ada.get(HERE).get_json()["enabled"]
    assert ada.get(HERE).get_json()["recovery_codes_left"] == len(codes)


def test_who_has_no_password_has_no_second_factor(alice: Api) -> None:
    assert wrong(alice.post(HERE, {"password": PASSWORD})) == {"/password": "wrong"}


def test_guesses_are_counted_like_those_at_a_login(ada: Api) -> None:
    """ASVS 6.3.1."""
    begin(ada)
    for n in range(15):
        path, body = (HERE, {"password": "no"}) if n % 2 else (f"{HERE}/confirm", {"otp": "0"})
        assert wrong(ada.post(path, body))
    refused = ada.post(HERE, {"password": PASSWORD})
    problem(refused, 429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize("by", ["app", "recovery code"])
def test_it_is_turned_off_with_both_factors(ada: Api, by: str) -> None:
    secret, codes = enable(ada)
    otp = code(secret) if by == "app" else codes[0]
    response = ada.post(f"{HERE}/disable", {"password": PASSWORD, "otp": otp})
    assert response.status_code == 204
    state = ada.get(HERE).get_json()
    assert (state["enabled"], state["recovery_codes_left"]) == (False, 0)
    assert diffs(ada)[-1] == {"two_factor_enabled": [True, False]}
    assert begin(ada)["secret"] != secret


def test_who_must_have_it_cannot_turn_it_off(ada: Api) -> None:
    secret, _ = enable(ada)
    change(ada, two_factor_required=True)
    assert ada.get(HERE).get_json()["required"] is True
    body = {"password": PASSWORD, "otp": code(secret)}
    problem(ada.post(f"{HERE}/disable", body), 409, "two-factor-demanded")
    assert ada.get(HERE).get_json()["enabled"]


def test_new_recovery_codes_replace_the_old_ones(app: Flask, ada: Api) -> None:
    _, old = enable(ada)
    new = ada.post(f"{HERE}/recovery-codes", {"password": PASSWORD}).get_json()["recovery_codes"]
    assert set(new).isdisjoint(old)
    with app.app_context():
        user, key = account(ada), app.config["SETTINGS"].secret_key
        assert not two_factor.check(user, old[0], secret_key=key, at=utcnow())
        assert two_factor.check(user, new[0], secret_key=key, at=utcnow())
    assert ada.get(HERE).get_json()["recovery_codes_left"] == 9
    assert ada.post(f"{HERE}/recovery-codes", {"password": PASSWORD}).status_code == 200
    assert diffs(ada)[-1] == {"recovery_codes_left": [9, 10]}


def account(who: Api) -> Any:
    assert who.actor
    with db.engines["reads"].connect() as connection:
        return connection.execute(select(User).where(User.id == who.actor.user_id)).one()


def log_in(who: Api) -> int:
    assert who.actor
    with who.app.app_context(), unit_of_work():
        opened = sessions.open(
            who.actor.user_id, SessionKind.BROWSER, lasts=timedelta(days=1), at=utcnow()
        )
    return opened.id


def open_sessions(who: Api) -> int:
    with who.app.app_context(), db.engines["reads"].connect() as connection:
        table = Base.metadata.tables["user_session"]
        return len(connection.execute(table.select()).all())


def test_turning_it_on_or_off_ends_the_sessions(ada: Api) -> None:
    """ASVS 7.4.3."""
    log_in(ada)
    secret, _ = enable(ada)
    assert open_sessions(ada) == 0
    log_in(ada)
    ada.post(f"{HERE}/disable", {"password": PASSWORD, "otp": code(secret)})
    assert open_sessions(ada) == 0


def test_an_administrator_resets_what_somebody_has_lost(
    ada: Api, person: Callable[..., Api]
) -> None:
    root = person("root", ["admin"], role="admin")
    enable(ada)
    change(ada, two_factor_required=True)
    log_in(ada)
    problem(ada.delete("users/ada/two-factor"), 403, "insufficient-scope")
    for _ in range(2):  # and once more, to no effect
        assert root.delete("users/ada/two-factor").status_code == 204
    assert open_sessions(ada) == 0
    state = ada.get(HERE).get_json()
    assert (state["enabled"], state["recovery_codes_left"]) == (False, 0)
    assert [one for one in diffs(ada) if one == {"two_factor_enabled": [True, False]}] != []
    problem(root.delete("users/nobody/two-factor"), 404, "not-found")


def test_the_operator_resets_it_at_the_shell(app: Flask, ada: Api) -> None:
    enable(ada)
    runner = app.test_cli_runner()
    result = runner.invoke(args=["todo", "reset-second-factor", "ada"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert not ada.get(HERE).get_json()["enabled"]
    assert runner.invoke(args=["todo", "reset-second-factor", "nobody"]).exit_code == 1


def test_what_changed_while_it_was_checked_is_a_conflict(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    change(alice, password_hash=passwords.hash(PASSWORD))
    rival.execute("UPDATE user_account SET password_hash = 'x' WHERE username = 'alice'")
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(alice.post, HERE, {"password": PASSWORD})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the late one to wait")
        rival.commit()
        problem(late.result(), 409, "conflict")
    assert diffs(alice) == []


def test_a_try_changes_nothing(ada: Api) -> None:
    """The guess is counted all the same; else tries would be free guesses."""
    valid = {"valid": True}
    assert ada.post(f"{HERE}?validate_only=true", {"password": PASSWORD}).get_json() == valid
    with ada.app.app_context():
        assert account(ada).totp_salt is None
    secret = begin(ada)["secret"]
    tried = ada.post(f"{HERE}/confirm?validate_only=true", {"otp": code(secret, -1)})
    assert tried.get_json() == valid
    assert not ada.get(HERE).get_json()["enabled"]
    ada.post(f"{HERE}/confirm", {"otp": code(secret, -1)})
    with ada.app.app_context():
        before = account(ada)
    both = {"password": PASSWORD, "otp": code(secret)}
    for path, body in (("recovery-codes", {"password": PASSWORD}), ("disable", both)):
        assert ada.post(f"{HERE}/{path}?validate_only=true", body).get_json() == valid
    with ada.app.app_context():
        assert account(ada) == before
    assert ada.post(f"{HERE}/disable", both).status_code == 204
