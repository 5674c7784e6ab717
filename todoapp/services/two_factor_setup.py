"""Turning the second factor on and off, and what is shown for it once.

Each call asks for the password or a code [ASVS 7.5.1]. Guesses are counted and passwords hashed
before the transaction begins.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from todoapp.db import current_unit, reader
from todoapp.errors import Conflict, Invalid
from todoapp.limits import Action, Noun
from todoapp.models import User
from todoapp.schemas.two_factor import TwoFactorBegin, TwoFactorConfirm, TwoFactorDisable
from todoapp.services import (
    accounts,
    authenticator,
    changes,
    login,
    passwords,
    recovery_codes,
    sessions,
    throttle,
)
from todoapp.services.access import Actor, require_administrator
from todoapp.services.two_factor import Account, fits, is_enabled, step_of


@dataclass(frozen=True)
class Setup:
    """What sets up an authenticator app, to be shown this once."""

    secret: str
    otpauth_uri: str
    qr_svg: str


def state(actor: Actor) -> dict[str, Any]:
    """Return how things stand, as schemas.two_factor.TwoFactorOut has it."""
    account = _seen(actor)
    return {
        "enabled": is_enabled(account),
        "required": account.two_factor_required,
        "enabled_at": account.totp_enabled_at,
        "recovery_codes_left": recovery_codes.left(actor.user_id),
    }


def begin(
    actor: Actor, body: Mapping[str, Any], *, secret_key: str, issuer: str, at: datetime
) -> Setup:
    """Make a secret for the actor's app, in place of any that was not confirmed.

    `body` is a schemas.two_factor.TwoFactorBegin, `issuer` what apps call the service. Raises
    Invalid, TooManyRequests, and Conflict when the second factor is on.
    """
    wanted, account = TwoFactorBegin.parse(body), _seen(actor)
    _refuse_enabled(account)
    with _guess(actor, at=at):
        _require_password(account, wanted["password"])
    user = _unchanged(account)
    user.totp_salt = authenticator.new_salt()
    _touch(actor, user, {"two_factor_begun": [False, True]}, at=at)
    secret = authenticator.secret(user.totp_salt, secret_key)
    uri = authenticator.uri(secret, username=actor.username, issuer=issuer)
    return Setup(secret, uri, authenticator.qr_svg(uri))


def confirm(actor: Actor, body: Mapping[str, Any], *, secret_key: str, at: datetime) -> list[str]:
    """Turn the second factor on by a first code of the app; return the recovery codes.

    `body` is a schemas.two_factor.TwoFactorConfirm. Raises Invalid, TooManyRequests, and Conflict
    when it is on, or was not begun.
    """
    wanted, account = TwoFactorConfirm.parse(body), _seen(actor)
    _refuse_enabled(account)
    if account.totp_salt is None:
        raise Conflict("There is no secret yet: begin first.", code="two-factor-off")
    with _guess(actor, at=at):
        step = step_of(account, wanted["otp"], secret_key=secret_key, at=at)
        if step is None:
            raise _wrong_code()
    user = _unchanged(account)
    user.totp_step = step
    _set_enabled(actor, user, at, at=at)
    return recovery_codes.renew(user.id)


def renew_recovery_codes(actor: Actor, body: Mapping[str, Any], *, at: datetime) -> list[str]:
    """Give the actor new recovery codes in place of the old ones.

    `body` is a schemas.two_factor.TwoFactorBegin. Raises Invalid, TooManyRequests, and Conflict
    when the second factor is off.
    """
    wanted, account = TwoFactorBegin.parse(body), _seen(actor)
    _require_enabled(account)
    with _guess(actor, at=at):
        _require_password(account, wanted["password"])
    user, left = _unchanged(account), recovery_codes.left(actor.user_id)
    _touch(actor, user, {"recovery_codes_left": [left, recovery_codes.COUNT]}, at=at)
    return recovery_codes.renew(user.id)


def disable(actor: Actor, body: Mapping[str, Any], *, secret_key: str, at: datetime) -> None:
    """Turn the second factor off.

    `body` is a schemas.two_factor.TwoFactorDisable. Raises Invalid, TooManyRequests, and Conflict
    when it is off, or demanded.
    """
    wanted, account = TwoFactorDisable.parse(body), _seen(actor)
    _require_enabled(account)
    if account.two_factor_required:
        raise Conflict("An administrator demands the second factor.", code="two-factor-demanded")
    with _guess(actor, at=at):
        _require_password(account, wanted["password"])
        if not fits(account, wanted["otp"], secret_key=secret_key, at=at):
            raise _wrong_code()
    _forget(actor, _unchanged(account), at=at)


def reset(actor: Actor | None, username: str, *, at: datetime) -> None:
    """Turn off the second factor of somebody who has lost it.

    `actor` is an administrator, or None: the operator. Raises Forbidden, NotFound, and
    Conflict for the actor's own, which takes the password.
    """
    require_administrator(actor)
    user = accounts.lock_row(accounts.by_name(username).id)
    if actor is not None and actor.user_id == user.id:
        raise Conflict("Turn off your own with your password: /me/two-factor/disable.")
    if is_enabled(user):
        _forget(actor, user, at=at)


#: What a call looks at before its transaction begins.
_CHECKED = ("password_hash", "two_factor_required", "totp_salt", "totp_enabled_at", "totp_step")


@contextmanager
def _guess(actor: Actor, *, at: datetime) -> Iterator[None]:
    """Count what the block checks as a guess, and note it, unless it is right [ASVS 6.3.1]."""
    attempt = throttle.attempt(actor.username, current_unit().origin.address, at=at)
    try:
        yield
    except Invalid as wrong:
        is_code = wrong.errors[0].where == "/otp"
        login.note_failure(actor.user_id, "code" if is_code else "password", at=at)
        raise
    attempt.succeeded()


def _require_password(account: Account, password: str) -> None:
    if not passwords.matches(password, account.password_hash):
        raise Invalid.field("password", "wrong", "Is not your password.")


def _wrong_code() -> Invalid:
    return Invalid.field("otp", "wrong", "Is not a code that counts now: wait for the next one.")


def _refuse_enabled(account: Account) -> None:
    if is_enabled(account):
        raise Conflict("The second factor is on already.", code="two-factor-enabled")


def _require_enabled(account: Account) -> None:
    if not is_enabled(account):
        raise Conflict("The second factor is off.", code="two-factor-off")


def _seen(actor: Actor) -> Row[Any]:
    connection = reader()
    return connection.execute(select(User.__table__).where(User.id == actor.user_id)).one()


def _unchanged(account: Account) -> User:
    """Return the account, locked. Raises Conflict when it is not as it was when it was checked."""
    user = accounts.lock_row(account.id)
    if any(getattr(user, name) != getattr(account, name) for name in _CHECKED):
        raise Conflict("Something else was saved at the same moment: try again.")
    return user


def _forget(actor: Actor | None, user: User, *, at: datetime) -> None:
    user.totp_salt = user.totp_step = None
    recovery_codes.forget(user.id)
    _set_enabled(actor, user, None, at=at)


def _set_enabled(
    actor: Actor | None, user: User, enabled_at: datetime | None, *, at: datetime
) -> None:
    """Turn it on or off, and end all sessions but that of the call [ASVS 7.4.3]."""
    before = {"two_factor_enabled": is_enabled(user)}
    user.totp_enabled_at = enabled_at
    diff = changes.diff(before, {"two_factor_enabled": is_enabled(user)})
    _touch(actor, user, diff, at=at)
    sessions.end_all(user.id, keep=actor.session_id if actor else None, actor=actor, at=at)


def _touch(actor: Actor | None, user: User, diff: changes.Diff, *, at: datetime) -> None:
    entry = changes.Entry(Noun.USER, user.id, Action.UPDATE, None, diff)
    accounts.touch(actor, user, [entry], at=at)
