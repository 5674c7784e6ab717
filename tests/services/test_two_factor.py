"""The second factor: which codes count, and that none counts twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from tests.support import serve
from tests.support.api import Api
from todoapp.db import db, unit_of_work
from todoapp.models import Change, RecoveryCode, User
from todoapp.services import authenticator, recovery_codes, two_factor

KEY = "the service's secret key, which the database has not"
#: In the middle of a step.
NOW = datetime(2030, 1, 1, 12, 0, 15, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture
def user_id(app: Flask, person: Callable[..., Api]) -> int:
    """Somebody with the second factor on."""
    actor = person("ada").actor
    assert actor
    with app.app_context(), unit_of_work():
        user = db.session.get_one(User, actor.user_id)
        user.totp_salt, user.totp_enabled_at = "0123456789abcdef" * 2, NOW
    return actor.user_id


def account(user_id: int) -> Any:
    with db.engines["reads"].connect() as connection:
        return connection.execute(select(User).where(User.id == user_id)).one()


def code(user_id: int, at: datetime = NOW) -> str:
    """Return what an app shows that was set up with the person's secret."""
    return pyotp.TOTP(authenticator.secret(account(user_id).totp_salt, KEY)).at(at)


def check(user_id: int, otp: str, at: datetime = NOW) -> bool:
    return two_factor.check(account(user_id), otp, secret_key=KEY, at=at)


def new_codes(user_id: int) -> list[str]:
    with unit_of_work():
        return recovery_codes.renew(user_id)


def at_once(app: Flask, count: int, do: Callable[[], Any]) -> list[Any]:
    """Return what each of so many threads got, all let go together."""
    gate = threading.Barrier(count)

    def one(_number: int) -> Any:
        gate.wait(serve.PATIENCE)
        with app.app_context():
            return do()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, its last six digits: the app's and our arithmetic are the same."""
    shared = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # 12345678901234567890
    for seconds, otp in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert authenticator.step(shared, otp, at=at) == seconds // 30
        assert authenticator.step(shared, f"{otp[:5]}{9 - int(otp[5])}", at=at) is None


@pytest.mark.parametrize(
    ("drift", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_a_step_off(app: Flask, user_id: int, drift: int, counts: bool) -> None:
    with app.app_context():
        assert check(user_id, code(user_id, NOW + drift * STEP)) == counts


def test_a_code_is_accepted_once(app: Flask, user_id: int) -> None:
    """ASVS 6.5.1."""
    with app.app_context():
        assert check(user_id, code(user_id))
        for later in (NOW, NOW + STEP):
            assert not check(user_id, code(user_id), at=later)
        assert check(user_id, code(user_id, NOW + STEP), at=NOW + STEP)


def test_an_older_code_is_not_accepted_after_a_newer_one(app: Flask, user_id: int) -> None:
    with app.app_context():
        assert check(user_id, code(user_id, NOW + STEP))
        for older in (NOW, NOW - STEP):
            assert not check(user_id, code(user_id, older))


def test_of_many_who_send_one_code_at_once_one_gets_in(app: Flask, user_id: int) -> None:
    with app.app_context():
        seen, otp = account(user_id), code(user_id)

    def attempt() -> bool:
        return two_factor.check(seen, otp, secret_key=KEY, at=NOW)

    assert sorted(at_once(app, 8, attempt)) == [False] * 7 + [True]


def test_of_many_who_send_one_recovery_code_at_once_one_gets_in(app: Flask, user_id: int) -> None:
    with app.app_context():
        seen, otp = account(user_id), new_codes(user_id)[0]

    def attempt() -> bool:
        return two_factor.check(seen, otp, secret_key=KEY, at=NOW)

    assert sorted(at_once(app, 8, attempt)) == [False] * 7 + [True]


def test_a_used_code_stays_used_though_its_call_is_refused(app: Flask, user_id: int) -> None:
    with app.app_context():
        codes = new_codes(user_id)
        for otp in (code(user_id), codes[0]):
            with unit_of_work() as login:
                assert check(user_id, otp)
                login.rollback = True
            assert not check(user_id, otp)


@pytest.mark.parametrize(
    "write", [str, str.upper, lambda c: c.replace("-", ""), lambda c: c.replace("-", " ")]
)
def test_a_recovery_code_counts_however_it_is_written(
    app: Flask, user_id: int, write: Callable[[str], str]
) -> None:
    with app.app_context():
        assert check(user_id, write(new_codes(user_id)[0]))


def test_a_code_may_have_a_space_as_apps_show_it(app: Flask, user_id: int) -> None:
    with app.app_context():
        otp = code(user_id)
        assert check(user_id, f"{otp[:3]} {otp[3:]}")


def test_each_recovery_code_is_accepted_once_and_its_use_is_recorded(
    app: Flask, user_id: int
) -> None:
    with app.app_context():
        codes = new_codes(user_id)
        assert len(set(codes)) == 10
        for one in codes:
            assert check(user_id, one)
            assert not check(user_id, one)
        assert recovery_codes.left(user_id) == 0
        recorded = select(Change).where(Change.action == "update").order_by(Change.id)
        used = db.session.scalars(recorded)
        assert [change.diff for change in used] == [
            {"recovery_codes_left": [n, n - 1]} for n in range(10, 0, -1)
        ]


def test_recovery_codes_are_long_and_kept_as_hashes_only(app: Flask, user_id: int) -> None:
    """ASVS 6.5.2 and 6.5.3: at least 112 bits, if the hash is a quick one."""
    with app.app_context():
        codes = new_codes(user_id)
        kept = repr(db.session.execute(select(RecoveryCode.__table__)).all())
    for one in codes:
        letters = one.replace("-", "")
        assert len(letters) == 24  # of five bits each
        assert one not in kept
        assert letters not in kept


def test_new_recovery_codes_end_the_old_ones(app: Flask, user_id: int) -> None:
    with app.app_context():
        old, new = new_codes(user_id), new_codes(user_id)
        assert not check(user_id, old[0])
        assert check(user_id, new[0])


@pytest.mark.parametrize(
    "otp", ["", "0", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\ud800", "\0", "-- --", "1" * 9999]
)
def test_what_is_no_code_is_refused(app: Flask, user_id: int, otp: str) -> None:
    with app.app_context():
        new_codes(user_id)
        assert not check(user_id, otp)


def test_a_code_of_somebody_else_is_refused(
    app: Flask, user_id: int, person: Callable[..., Api]
) -> None:
    other = person("bob").actor
    assert other
    with app.app_context():
        with unit_of_work():
            bob = db.session.get_one(User, other.user_id)
            bob.totp_salt, bob.totp_enabled_at = "f" * 32, NOW
        assert not check(other.user_id, code(user_id))
        assert not check(other.user_id, new_codes(user_id)[0])
        assert check(other.user_id, code(other.user_id))


def test_no_code_counts_before_the_second_factor_is_on(app: Flask, user_id: int) -> None:
    with app.app_context():
        with unit_of_work():
            db.session.get_one(User, user_id).totp_enabled_at = None
        codes = new_codes(user_id)
        assert not two_factor.is_enabled(account(user_id))
        assert not check(user_id, code(user_id))
        assert not check(user_id, codes[0])


def test_the_code_of_an_app_that_was_just_replaced_is_refused(app: Flask, user_id: int) -> None:
    with app.app_context():
        seen, otp = account(user_id), code(user_id)
        with unit_of_work():
            db.session.get_one(User, user_id).totp_salt = "f" * 32
        assert not two_factor.check(seen, otp, secret_key=KEY, at=NOW)


def test_another_secret_key_gives_other_codes(app: Flask, user_id: int) -> None:
    with app.app_context():
        assert not two_factor.check(account(user_id), code(user_id), secret_key="x" * 50, at=NOW)
