"""Access and refresh tokens: given for a password, renewed, taken back.

Every access token belongs to a session, which is looked up in every request: when it ends, so do
all its tokens, at once. A refresh token works once (RFC 9700, 4.14.2). Whoever shows one again may
have stolen it, or may have been robbed of it: the session ends, and both have to log in.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from todoapp.db import db, unit_of_work
from todoapp.errors import Forbidden, NotFound, Unauthenticated
from todoapp.limits import SessionKind
from todoapp.schemas.auth import LoginBody, RefreshBody, RevokeBody
from todoapp.services import (
    account_changes,
    accounts,
    api_keys,
    authentication,
    key_format,
    login,
    passwords,
    renewals,
    sessions,
    token_format,
    two_factor,
)
from todoapp.services.access import Actor
from todoapp.services.renewals import Renewal
from todoapp.settings import Settings


@dataclass(frozen=True)
class Pair:
    """What a client goes on with."""

    access_token: str
    refresh_token: str


def log_in(body: Mapping[str, Any], *, settings: Settings, at: datetime) -> Pair:
    """Open a session of tokens for the person that `body` (schemas.auth.LoginBody) names.

    Raises what `login.verify` does; Forbidden with the code `password-change-required` or
    `two-factor-required`, when that has to be done first; and Invalid.
    """
    wanted = LoginBody.parse(body)
    password, new = wanted["password"], wanted.get("new_password")
    person = login.verify(
        wanted["username"],
        password,
        wanted.get("otp"),
        ready=lambda person: _refuse_unready(person, password, new),
        secret_key=settings.secret_key,
        at=at,
    )
    opened = _open(person, new, lasts=settings.session_lasts, at=at)
    return _pair(Renewal.first(opened.id, person.id, at=at), settings, at)


def _open(
    person: login.Person, new_password: str | None, *, lasts: timedelta, at: datetime
) -> sessions.Opened:
    if new_password is None:
        return login.enter(person, SessionKind.TOKEN, lasts=lasts, at=at)
    actor, new_hash = accounts.acting(person.username), passwords.hash(new_password)
    account_changes.replace_password(actor, person.password_hash, new_hash, at=at)
    return sessions.open(person.id, SessionKind.TOKEN, lasts=lasts, at=at)


def refresh(body: Mapping[str, Any], *, settings: Settings, at: datetime) -> Pair:
    """Return new tokens for a refresh token, which works no more. Raises Unauthenticated.

    Call it as the first thing in a unit of work.
    """
    wanted = RefreshBody.parse(body)
    named = token_format.read_refresh(wanted["refresh_token"], settings=settings)
    if named is None:
        raise _refusal()
    if not renewals.renew(named, idle=settings.session_idle, at=at):
        db.session.rollback()  # nothing was done; what follows has to survive the refusal
        with unit_of_work():
            renewals.end_reused(named, at=at)
        raise _refusal()
    return _pair(named.next(), settings, at)


def authenticate(token: str, *, settings: Settings, at: datetime) -> tuple[Actor, datetime | None]:
    """Return whom an access token speaks for, and when its session was last used.

    Raises Unauthenticated, with the code `token-expired` for one that can be renewed.
    """
    claims = token_format.read_access(token, settings=settings)
    found = sessions.by_id(claims.session_id, idle=settings.session_idle, at=at)
    if found is None or found[0].user_id != claims.user_id:
        raise Unauthenticated("The login that the access token belongs to has ended.")
    return found.actor, found.last_seen_at


def revoke(body: Mapping[str, Any], *, settings: Settings, at: datetime) -> None:
    """End what the token in `body` (schemas.auth.RevokeBody) belongs to (RFC 7009).

    That is the session of an access or refresh token, or an API key, for whoever finds a leaked
    one. Something else, or what has ended already, changes nothing.
    """
    token = RevokeBody.parse(body)["token"]
    if token.startswith(key_format.PREFIX):
        with suppress(Unauthenticated):
            actor, _ = authentication.authenticate(token, at=at)
            api_keys.end(actor, api_keys.mine(actor, actor.key_id or 0), at=at)
        return
    if token_format.looks_like_one(token):
        # It may have expired, or its session have ended, at this moment.
        with suppress(Unauthenticated, NotFound):
            actor, _ = authenticate(token, settings=settings, at=at)
            sessions.end(actor, actor.session_id or 0, at=at)
        return
    named = token_format.read_refresh(token, settings=settings)
    if named is not None:
        renewals.end_of(named, at=at)


def _refuse_unready(person: login.Person, password: str, new_password: str | None) -> None:
    if new_password is not None:
        account_changes.refuse_new(new_password, password, person.username, person.email)
    elif person.must_change_password:
        raise Forbidden(
            "Somebody else has set your password: send another one as new_password, too.",
            code="password-change-required",
        )
    if person.two_factor_required and not two_factor.is_enabled(person):
        raise Forbidden(
            "You may log in with a second factor only, and have none yet: log in with a browser, "
            "where you are led to set it up, or set it up with an API key.",
            code="two-factor-required",
        )


def _refusal() -> Unauthenticated:
    return Unauthenticated(
        "The refresh token is not valid, or was used before: log in again.",
        code="bad-refresh-token",
    )


def _pair(named: Renewal, settings: Settings, at: datetime) -> Pair:
    return Pair(
        token_format.access_token(named.user_id, named.session_id, settings=settings, at=at),
        token_format.refresh_token(named, settings=settings),
    )
