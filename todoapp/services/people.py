"""People as administrators see them: found, counted, signed out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, or_, select

from todoapp.db import reader
from todoapp.limits import KeyState, ListRole, Scope
from todoapp.models import ApiKey, Membership, TodoList, User, UserSession
from todoapp.services import accounts, key_rows, sessions
from todoapp.services.access import Actor, require_scope

#: How many of somebody's sessions are shown.
SESSIONS_SHOWN = 10


class Counts(NamedTuple):
    """How much somebody has."""

    #: Those that they own, outside the trash.
    lists: int
    #: Those that work.
    keys: int
    sessions: int


def page(
    actor: Actor, query: Mapping[str, Any], before: int | None
) -> tuple[list[Row[Any]], tuple[int] | None]:
    """Return people, newest first, and where the next page begins.

    `query` is a schemas.user.UserSearch, or a UserQuery: whatever their name. Raises Forbidden.
    """
    require_scope(actor, Scope.ADMIN)
    size = query["page_size"]
    statement = accounts.rows().order_by(User.id.desc()).limit(size + 1)
    if "is_active" in query:
        statement = statement.where(User.is_active == query["is_active"])
    if query.get("q"):
        statement = statement.where(_is_called(query["q"]))
    if before is not None:
        statement = statement.where(User.id < before)
    connection = reader()
    rows = list(connection.execute(statement))
    return rows[:size], (rows[size - 1].id,) if len(rows) > size else None


def read(actor: Actor, username: str) -> Row[Any]:
    """Return a person, for reading. Raises NotFound and Forbidden."""
    require_scope(actor, Scope.ADMIN)
    return accounts.read(username)


def counts(user_ids: Iterable[int], *, idle: timedelta, at: datetime) -> Mapping[int, Counts]:
    """Return how much each of these people has, by one statement."""
    lists = select(func.count()).where(
        Membership.user_id == User.id,
        Membership.role == ListRole.OWNER,
        Membership.list_id == TodoList.id,
        TodoList.deleted_at.is_(None),
    )
    keys = select(func.count()).where(
        ApiKey.user_id == User.id, key_rows.stands(KeyState.ACTIVE, at)
    )
    alive = select(func.count()).where(
        UserSession.user_id == User.id, sessions.is_alive(at, at - idle)
    )
    parts = (part.correlate(User).scalar_subquery() for part in (lists, keys, alive))
    statement = select(User.id, *parts).where(User.id.in_(list(user_ids)))
    return {user_id: Counts(*found) for user_id, *found in reader().execute(statement)}


def logins(actor: Actor, user_id: int, *, idle: timedelta, at: datetime) -> list[Row[Any]]:
    """Return somebody's sessions, the last used first, up to SESSIONS_SHOWN. Raises Forbidden."""
    require_scope(actor, Scope.ADMIN)
    statement = (
        select(UserSession.__table__)
        .where(UserSession.user_id == user_id, sessions.is_alive(at, at - idle))
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        .limit(SESSIONS_SHOWN)
    )
    return list(reader().execute(statement))


def sign_out(actor: Actor, username: str, *, at: datetime) -> None:
    """End every session of somebody; their keys stay. Raises NotFound and Forbidden."""
    require_scope(actor, Scope.ADMIN)
    sessions.end_all(accounts.by_name(username).id, actor=actor, at=at)


def _is_called(text: str) -> ColumnElement[bool]:
    """Return the condition that a name or an address has `text` in it."""
    part = text.lower()
    return or_(
        User.username.contains(part, autoescape=True), User.email.contains(part, autoescape=True)
    )
