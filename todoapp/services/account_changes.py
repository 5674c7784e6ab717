"""Changing an account: by its owner, by an administrator, by the operator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from todoapp.db import current_unit, reader
from todoapp.errors import Conflict, Invalid
from todoapp.limits import Action, Noun, UserRole
from todoapp.models import User
from todoapp.schemas.user import MeOut, MePatch, PasswordPut, UserPatch
from todoapp.services import accounts, changes, login, passwords, sessions, throttle
from todoapp.services.access import Actor, require_administrator
from todoapp.services.account_endings import end_access, refuse_last_administrator
from todoapp.services.preconditions import UNCONDITIONAL, Precondition

Body = Mapping[str, Any]

#: What is changed as it is named.
_COLUMNS = ("email", "role", "timezone", "is_active", "two_factor_required")


def patch(
    actor: Actor | None, username: str, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change what `body` (schemas.user.UserPatch) names, for an administrator or the operator.

    Whoever is shut out loses every session and key at once; a password that is set for somebody
    ends their sessions and must be changed. Raises Forbidden, NotFound, Stale, Invalid, and
    Conflict: the guest's account, an address that is taken, the last active administrator.
    """
    require_administrator(actor)
    password = body.get("password") if isinstance(body, Mapping) else None
    password_hash = accounts.hash_early(password)
    user = accounts.changeable(username, body, precondition)
    wanted = UserPatch.parse(body)
    if "password" in wanted:
        _check_given(actor, user, wanted)
        user.password_hash, user.must_change_password = password_hash, True
    _change(actor, user, wanted, at=at)


def patch_me(actor: Actor, body: Body, precondition: Precondition, *, at: datetime) -> None:
    """Change what `body` (schemas.user.MePatch) names of the actor's own account.

    Raises Stale, Invalid, and Conflict for an address that is taken.
    """
    user = accounts.lock_row(actor.user_id)
    precondition.check(user.version, body, lambda: lambda _base: MeOut().dump(accounts.me(actor)))
    _change(actor, user, MePatch.parse(body), at=at)


def change_password(actor: Actor, body: Body, *, at: datetime) -> None:
    """Give the actor another password, who knows the old one (ASVS 6.2.3); keys stay.

    Every other session ends. Raises Invalid, TooManyRequests, and Conflict for somebody who has no
    password. Call it as the first thing in a unit of work.
    """
    wanted = PasswordPut.parse(body)
    old, new = wanted["current_password"], wanted["new_password"]
    columns = select(User.password_hash, User.email).where(User.id == actor.user_id)
    kept = reader().execute(columns).one()
    passwords.refuse_weak(new, actor.username, kept.email, field="new_password")
    attempt = _confirm(actor, old, kept.password_hash, at=at)
    refuse_new(new, old, actor.username, kept.email)
    password_hash = passwords.hash(new)
    attempt.succeeded()
    replace_password(actor, kept.password_hash, password_hash, at=at)


def refuse_new(new: str, old: str, username: str, email: str | None) -> None:
    """Raise Invalid for a `new_password` that will not do."""
    passwords.refuse_weak(new, username, email, field="new_password")
    if new == old:
        raise Invalid.field("new_password", "unchanged", "Must be another one.")


def replace_password(actor: Actor, old_hash: str | None, new_hash: str, *, at: datetime) -> None:
    """Keep another hash for the actor, who has shown the password of the old one.

    Every other session ends. Raises Conflict when it is not the old one any more, or the actor has
    been shut out.
    """
    user = accounts.lock_row(actor.user_id)
    if user.password_hash != old_hash or not user.is_active:
        raise Conflict("Your account was changed at the same moment.")
    user.password_hash, user.must_change_password = new_hash, False
    accounts.touch(actor, user, [_new_password(user)], at=at)
    sessions.end_all(user.id, keep=actor.session_id, actor=actor, at=at)


def reset_password(username: str, password: str, *, must_change: bool, at: datetime) -> None:
    """Set somebody's password for the operator, who has the shell of the host for a proof.

    Every session ends. Raises NotFound, Invalid, and Conflict for the guest.
    """
    password_hash = accounts.hash_early(password)
    user = accounts.changeable(username, {}, UNCONDITIONAL)
    passwords.refuse_weak(password, user.username, user.email)
    user.password_hash, user.must_change_password = password_hash, must_change
    accounts.touch(None, user, [_new_password(user)], at=at)
    sessions.end_all(user.id, at=at)


def _check_given(actor: Actor | None, user: User, wanted: Body) -> None:
    if actor is not None and actor.user_id == user.id:
        raise Invalid.field(
            "password", "own", "Change your own at /me/password, with the one that you have."
        )
    passwords.refuse_weak(wanted["password"], user.username, wanted.get("email", user.email))


def _change(actor: Actor | None, user: User, wanted: Body, *, at: datetime) -> None:
    accounts.refuse_taken_email(wanted.get("email"), but=user.id)
    if wanted.get("role", UserRole.ADMIN) != UserRole.ADMIN or not wanted.get("is_active", True):
        refuse_last_administrator(user)
    before = _facts(user)
    for name in _COLUMNS:
        setattr(user, name, wanted.get(name, getattr(user, name)))
    diff = changes.diff(before, _facts(user))
    entries = [changes.Entry(Noun.USER, user.id, Action.UPDATE, None, diff)] if diff else []
    if "password" in wanted:
        entries.append(_new_password(user))
    accounts.touch(actor, user, entries, at=at)
    if diff.get("is_active") == [True, False]:
        end_access(actor, user, at=at)
    elif "password" in wanted:
        sessions.end_all(user.id, actor=actor, at=at)


def _facts(user: User) -> dict[str, Any]:
    """Return what the change log keeps of an account."""
    return {name: getattr(user, name) for name in _COLUMNS}


def _new_password(user: User) -> changes.Entry:
    return changes.Entry(Noun.USER, user.id, Action.NEW_PASSWORD)


def _confirm(
    actor: Actor, password: str, password_hash: str | None, *, at: datetime
) -> throttle.Attempt:
    """Make sure that it is the actor who calls. A wrong password is noted like a failed login."""
    if password_hash is None:
        raise Conflict("You have no password yet: ask an administrator to set one.")
    attempt = throttle.attempt(actor.username, current_unit().origin.address, at=at)
    if not passwords.matches(password, password_hash):
        login.note_failure(actor.user_id, "password", at=at)
        raise Invalid.field("current_password", "wrong", "Is not your password.")
    return attempt
