"""Sessions of tokens, renewed: each refresh token names one generation, and works once."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select, update

from todoapp.db import db
from todoapp.limits import SessionKind
from todoapp.models import User, UserSession
from todoapp.services.access import is_welcome
from todoapp.services.sessions import end_where, is_alive

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Renewal(NamedTuple):
    """One generation of a session of tokens, as a refresh token names it.

    The owner and the opening belong to it: a database that was restored gives out ids once more.
    """

    session_id: int
    generation: int
    user_id: int
    #: When it was opened, in microseconds since 1970.
    opened: int

    @classmethod
    def first(cls, session_id: int, user_id: int, *, at: datetime) -> "Renewal":
        """Return the one of a session that was opened at this instant."""
        return cls(session_id, 0, user_id, (at - _EPOCH) // timedelta(microseconds=1))

    def next(self) -> "Renewal":
        """Return the one that comes after it."""
        return self._replace(generation=self.generation + 1)


def renew(shown: Renewal, *, idle: timedelta, at: datetime) -> bool:
    """Count the session's generation up from the one shown, and tell whether that was it.

    Of many at once, one does it.
    """
    welcome = select(User.id).where(is_welcome())
    statement = (
        update(UserSession)
        .where(_is_of(shown), UserSession.generation == shown.generation)
        .where(is_alive(at, at - idle), UserSession.user_id.in_(welcome))
        .values(generation=shown.generation + 1, last_seen_at=at)
        .returning(UserSession.id)
    )
    return db.session.scalar(statement) is not None


def end_reused(shown: Renewal, *, at: datetime) -> None:
    """End the session if the one shown is behind it: then it was used before."""
    end_where(_is_of(shown), UserSession.generation > shown.generation, actor=None, at=at)


def end_of(shown: Renewal, *, at: datetime) -> None:
    """End the session that the one shown belongs to, if it goes on, as its owner does."""
    end_where(_is_of(shown), actor=None, at=at)


def _is_of(shown: Renewal) -> ColumnElement[bool]:
    return and_(
        UserSession.id == shown.session_id,
        UserSession.kind == SessionKind.TOKEN,
        UserSession.user_id == shown.user_id,
        UserSession.created_at == _EPOCH + timedelta(microseconds=shown.opened),
    )
