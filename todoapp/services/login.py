"""Logging in: who it is, by a name, a password and, where it is on, a second factor.

What a stranger learns is the same, and takes as long, whether the name is unknown, the password
wrong or the account not active [ASVS 6.3.8]. What is noted stays, whatever becomes of the call: it
has units of work of its own. So that of the call may not have begun.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from todoapp.db import current_unit, db, reader, unit_of_work
from todoapp.errors import Unauthenticated
from todoapp.limits import USERNAME_PATTERN, Action, Noun, SessionKind
from todoapp.models import User
from todoapp.services import changes, passwords, sessions, throttle, two_factor
from todoapp.tally import tally

#: A row with the columns of User.
Person = Row[Any]


def verify(
    username: str,
    password: str,
    otp: str | None,
    *,
    ready: Callable[[Person], None] = lambda _person: None,
    secret_key: str,
    at: datetime,
) -> Person:
    """Return who logs in, as they were before; see `enter` for what comes next.

    `ready` may still refuse somebody whose password is right, before a code is used up.

    Raises TooManyRequests, and Unauthenticated with one of the codes `bad-credentials`,
    `otp-required` and `bad-otp`; the latter two only to somebody who knows the password.
    """
    attempt = throttle.attempt(username, current_unit().origin.address, at=at)
    person = _named(username)
    right = passwords.matches(password, person.password_hash if person else None)
    if person is None or not right or not _is_welcome(person):
        note_failure(person.id if person else 0, "password", at=at)
        raise _refusal()
    ready(person)
    if two_factor.is_enabled(person):
        _check_code(person, otp, secret_key=secret_key, at=at)
    return _note_success(attempt, person, password)


def enter(person: Person, kind: SessionKind, *, lasts: timedelta, at: datetime) -> sessions.Opened:
    """Open a session for somebody just verified, who is still the same. Raises Unauthenticated.

    Another password, or the end of the account, would have ended a session that was there already.
    """
    columns = (User.password_hash, User.is_active, User.deleted_at, User.totp_enabled_at)
    # Whoever changes the person waits for this, or is waited for.
    locked = select(*columns).where(User.id == person.id).with_for_update(read=True)
    now = db.session.execute(locked).one()
    if tuple(now) != tuple(getattr(person, column.key) for column in columns):
        raise _refusal()
    return sessions.open(person.id, kind, lasts=lasts, at=at)


def _named(username: str) -> Person | None:
    """Return the person; keyboards that begin with a capital letter are forgiven."""
    name = username.strip().lower()
    if not re.fullmatch(USERNAME_PATTERN, name):
        return None
    connection = reader()
    return connection.execute(select(User).where(User.username == name)).first()


def _refusal() -> Unauthenticated:
    return Unauthenticated("The name or the password is wrong.", code="bad-credentials")


def _is_welcome(person: Person) -> bool:
    return person.is_active and person.deleted_at is None


def _check_code(person: Person, otp: str | None, *, secret_key: str, at: datetime) -> None:
    if not otp or not otp.strip():
        raise Unauthenticated(
            "Send the code of your authenticator app, or a recovery code, too.",
            code="otp-required",
        )
    if not two_factor.check(person, otp, secret_key=secret_key, at=at):
        note_failure(person.id, "code", at=at)
        raise Unauthenticated("The code is wrong, or was used already.", code="bad-otp")


def note_failure(user_id: int, wrong: str, *, at: datetime) -> None:
    """Record a wrong password or code, whatever becomes of the call; 0: there is nobody so named.

    What was typed is not kept: it may be a password in the wrong field.
    """
    tally.failed_logins += 1
    diff = {"wrong": [None, wrong]}
    with unit_of_work():
        failed = changes.Entry(Noun.USER, user_id, Action.LOGIN_FAILED, None, diff)
        changes.record(None, [failed], at=at)


def _note_success(attempt: throttle.Attempt, person: Person, password: str) -> Person:
    """Give back the count; keep a hash with today's parameters, if they have grown."""
    if not passwords.outdated(person.password_hash):
        with unit_of_work():
            attempt.succeeded()
        return person
    renewed = passwords.hash(password)
    same = (User.id == person.id) & (User.password_hash == person.password_hash)
    with unit_of_work():
        attempt.succeeded()
        db.session.execute(update(User).where(same).values(password_hash=renewed))
    found = _named(person.username)
    if found is None or found.password_hash != renewed:
        raise _refusal()  # it was changed at this moment
    return found
