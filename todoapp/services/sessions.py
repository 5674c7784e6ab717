"""Sessions: opened by a login, looked up in every request, ended by deleting the row.

A browser's session is carried on by a cookie, one of tokens by access and refresh tokens. It ends
by itself when nobody has called for a while (`idle`), and at its absolute end, whatever happens
[ASVS 7.3].
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, or_, select, update

from todoapp.db import current_unit, db, reader, writer
from todoapp.errors import NotFound
from todoapp.limits import PRUNED_AT_ONCE, Action, Due, Noun, SessionKind
from todoapp.models import User, UserSession
from todoapp.prepared import Prepared, aware, plain
from todoapp.services import changes
from todoapp.services.access import EVERY_SCOPE, Actor, is_welcome, scopes_of


class Found(NamedTuple):
    """Whose session it is, when it was last used, and what they have to do before all else."""

    actor: Actor
    last_seen_at: datetime | None
    due: Due | None


@dataclass(frozen=True)
class Opened:
    """A session just opened."""

    id: int
    #: What the browser's cookie holds, to be shown this once; None: a session of tokens.
    token: str | None


def open(user_id: int, kind: SessionKind, *, lasts: timedelta, at: datetime) -> Opened:
    """Open a session that ends after `lasts` at the latest, for somebody who has logged in."""
    token = secrets.token_urlsafe(32) if kind == SessionKind.BROWSER else None
    origin = current_unit().origin
    row = UserSession(
        user_id=user_id,
        kind=kind,
        token_hash=token and _digest(token),
        created_at=at,
        last_seen_at=at,
        expires_at=at + lasts,
        address=origin.address,
        user_agent=origin.user_agent,
    )
    db.session.add(row)
    db.session.flush()
    db.session.execute(update(User).where(User.id == user_id).values(last_seen_at=at))
    entry = changes.Entry(Noun.SESSION, row.id, Action.LOGIN, None, {"kind": [None, str(kind)]})
    changes.record(_owner(user_id), [entry], at=at)
    return Opened(row.id, token)


def by_cookie(token: str, *, idle: timedelta, at: datetime) -> Found | None:
    """Return whom the cookie speaks for; None: nobody, or nobody any more.

    It is found by its hash, so that how long that takes tells nothing of it.
    """
    return _found(_BY_COOKIE.first(token_hash=_digest(token), at=at, idle_since=at - idle))


def by_id(session_id: int, *, idle: timedelta, at: datetime) -> Found | None:
    """Return whom a session of tokens belongs to; None: it has ended."""
    return _found(_BY_ID.first(session_id=session_id, at=at, idle_since=at - idle))


def end(actor: Actor, session_id: int, *, at: datetime) -> None:
    """End a session of the actor's. Raises NotFound."""
    own = UserSession.user_id == actor.user_id
    if not end_where(UserSession.id == session_id, own, actor=actor, at=at):
        raise NotFound("No such session.")


def end_others(actor: Actor, *, at: datetime) -> None:
    """End all of the actor's sessions but the one they are calling with."""
    end_all(actor.user_id, keep=actor.session_id, actor=actor, at=at)


def end_all(
    user_id: int, *, keep: int | None = None, actor: Actor | None = None, at: datetime
) -> None:
    """End every session of somebody but `keep`, as done by `actor` (None: by themselves)."""
    end_where(UserSession.user_id == user_id, UserSession.id != (keep or 0), actor=actor, at=at)


def read(actor: Actor, session_id: int, *, idle: timedelta, at: datetime) -> Row[Any]:
    """Return a session of the actor's, for reading. Raises NotFound."""
    connection = reader()
    row = connection.execute(_rows(actor, idle, at).where(UserSession.id == session_id)).first()
    if row is None:
        raise NotFound("No such session.")
    return row


def page(
    actor: Actor, query: Mapping[str, Any], before: int | None, *, idle: timedelta, at: datetime
) -> tuple[list[Row[Any]], tuple[int] | None]:
    """Return the actor's sessions, newest first, and where the next page begins."""
    size = query["page_size"]
    statement = _rows(actor, idle, at).order_by(UserSession.id.desc()).limit(size + 1)
    if before is not None:
        statement = statement.where(UserSession.id < before)
    connection = reader()
    rows = list(connection.execute(statement))
    return rows[:size], (rows[size - 1].id,) if len(rows) > size else None


def prune(*, idle: timedelta, at: datetime, most: int = PRUNED_AT_ONCE) -> int:
    """Remove rows of those that have ended by themselves; return how many, at most `most`."""
    over = or_(UserSession.expires_at <= at, UserSession.last_seen_at <= at - idle)
    some = select(UserSession.id).where(over).limit(most)
    return writer().execute(delete(UserSession).where(UserSession.id.in_(some), over)).rowcount


def end_where(*which: ColumnElement[bool], actor: Actor | None, at: datetime) -> bool:
    """Delete sessions of one person, by default as done by them; tell whether there was any."""
    gone = delete(UserSession).where(*which)
    rows = db.session.execute(
        gone.returning(UserSession.id, UserSession.user_id, UserSession.kind)
    ).all()
    if rows:
        entries = [
            changes.Entry(Noun.SESSION, row.id, Action.LOGOUT, None, {"kind": [row.kind, None]})
            for row in rows
        ]
        changes.record(actor or _owner(rows[0].user_id), entries, at=at)
    return bool(rows)


def _owner(user_id: int) -> Actor:
    """Return somebody as the change log names who logs in or out."""
    return Actor(user_id=user_id, username="", timezone="UTC", scopes=frozenset())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "backslashreplace")).hexdigest()


def _found(row: Any) -> Found | None:
    """Return what a look-up says."""
    if row is None:
        return None
    session_id, user_id, last_seen_at, username, timezone, role, *dues = row
    actor = Actor(
        user_id=user_id,
        username=username,
        timezone=timezone,
        scopes=scopes_of(role, EVERY_SCOPE),
        session_id=session_id,
    )
    return Found(actor, aware(last_seen_at), _due(*dues))


def _due(must_change_password: Any, two_factor_required: Any, totp_enabled_at: Any) -> Due | None:
    if must_change_password:
        return Due.PASSWORD
    return Due.TWO_FACTOR if two_factor_required and totp_enabled_at is None else None


def is_alive(at: Any, idle_since: Any) -> ColumnElement[bool]:
    """Return the condition that a session has not ended by itself."""
    return and_(UserSession.expires_at > at, UserSession.last_seen_at > idle_since)


def _rows(actor: Actor, idle: timedelta, at: datetime) -> Select[Any]:
    is_current = (UserSession.id == (actor.session_id or 0)).label("is_current")
    own = UserSession.user_id == actor.user_id
    return select(UserSession, is_current).where(own, is_alive(at, at - idle))


def _lookup(dialect: str, which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            UserSession.id,
            UserSession.user_id,
            plain(UserSession.last_seen_at, dialect),
            User.username,
            User.timezone,
            User.role,
            User.must_change_password,
            User.two_factor_required,
            User.totp_enabled_at,
        )
        .join(User, User.id == UserSession.user_id)
        .where(which, is_alive(bindparam("at"), bindparam("idle_since")), is_welcome())
    )


_BY_COOKIE = Prepared(
    lambda dialect: _lookup(dialect, UserSession.token_hash == bindparam("token_hash"))
)
_BY_ID = Prepared(lambda dialect: _lookup(dialect, UserSession.id == bindparam("session_id")))
