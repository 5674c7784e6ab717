"""The second factor: a code of an authenticator app, or a recovery code, beside the password."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, update

from todoapp.db import unit_of_work, writer
from todoapp.limits import Action, Noun
from todoapp.models import User
from todoapp.services import authenticator, changes, recovery_codes

#: What has the columns of User: a row or an entity.
Account = Any


def is_enabled(account: Account) -> bool:
    """Tell whether somebody needs a code to log in."""
    enabled: bool = account.totp_enabled_at is not None
    return enabled


def check(account: Account, otp: str, *, secret_key: str, at: datetime) -> bool:
    """Tell whether `otp` is a code of somebody who has the second factor on, and use it up.

    It is never accepted again [ASVS 6.5.1], however the call that it came with ends: a unit of
    work of its own notes it, so that of the call may not have begun.
    """
    with unit_of_work():
        return is_enabled(account) and _use(account, otp, secret_key=secret_key, at=at)


def fits(account: Account, otp: str, *, secret_key: str, at: datetime) -> bool:
    """Tell whether a code counts, without using it up."""
    step = step_of(account, otp, secret_key=secret_key, at=at)
    if step is not None:
        last: int = account.totp_step or 0
        return step > last
    return recovery_codes.fits(account.id, otp)


def step_of(account: Account, otp: str, *, secret_key: str, at: datetime) -> int | None:
    """Return the time step that a code of the app belongs to; None: it is no code that counts."""
    secret = authenticator.secret(account.totp_salt, secret_key)
    return authenticator.step(secret, recovery_codes.bare(otp), at=at)


def _use(account: Account, otp: str, *, secret_key: str, at: datetime) -> bool:
    step = step_of(account, otp, secret_key=secret_key, at=at)
    if step is not None:
        return _advance(account, step)
    if not recovery_codes.use(account.id, otp, at=at):
        return False
    left = recovery_codes.left(account.id)
    diff = {"recovery_codes_left": [left + 1, left]}
    changes.record(None, [changes.Entry(Noun.USER, account.id, Action.UPDATE, None, diff)], at=at)
    return True


def _advance(account: Account, step: int) -> bool:
    """Note that the code of `step` was used; tell whether it and all later ones were not yet."""
    unused = or_(User.totp_step.is_(None), User.totp_step < step)
    # The salt, lest the code be one of an app that was replaced a moment ago.
    same = User.totp_salt == account.totp_salt
    statement = update(User).where(User.id == account.id, same, unused).values(totp_step=step)
    return writer().execute(statement).rowcount == 1
