"""When keys and sessions were last used and people last seen, without a write in every request.

Uses are collected in memory, at most one a minute for each credential, and written after the answer
has gone out, in a transaction of their own that waits for nobody: if the database is busy, a later
use writes it. A crash loses a minute.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError

from todoapp.db import db
from todoapp.models import ApiKey, User, UserSession
from todoapp.services.access import Actor

INTERVAL = timedelta(minutes=1)

#: What is written when somebody has called by what.
_COLUMNS = {
    "key": ApiKey.last_used_at,
    "session": UserSession.last_seen_at,
    "user": User.last_seen_at,
}
#: The kind of credential or person, and the id.
Used = tuple[str, int]


class Usage:
    """The uses that are yet to be written, of one process."""

    def __init__(self) -> None:
        self._pending: dict[Used, datetime] = {}
        self._lock = threading.Lock()

    def note(self, actor: Actor, last_used_at: datetime | None, *, at: datetime) -> bool:
        """Note a use; tell whether it should be written once the answer is out.

        `last_used_at` is when the key or the session presented was last used.
        """
        if last_used_at is not None and at - last_used_at < INTERVAL:
            return False
        by = ("key", actor.key_id) if actor.key_id else ("session", actor.session_id or 0)
        with self._lock:
            self._pending |= {by: at, ("user", actor.user_id): at}
        return True

    def flush(self) -> None:
        """Write what is pending, or leave it to the next time if anybody is in the way."""
        with self._lock:
            pending, self._pending = self._pending, {}
        try:
            _write(pending)
        except DBAPIError:
            with self._lock:
                self._pending = pending | self._pending


def _statement(column: Any) -> Any:
    """Return what writes one use; somebody who changes the very row is not waited for."""
    table = column.class_
    free = select(table.id).where(table.id == bindparam("used_id"))
    free = free.with_for_update(skip_locked=True)  # PostgreSQL
    return (
        update(table)
        .where(table.id == free.scalar_subquery())
        .values({column: bindparam("used_at")})
    )


_STATEMENTS = {kind: _statement(column) for kind, column in _COLUMNS.items()}


def _write(pending: Mapping[Used, datetime]) -> None:
    if not pending:
        return
    engine = db.engines[None].execution_options(wait=0)
    with engine.begin() as connection:
        # In one order, lest two processes wait for each other.
        for (kind, used_id), used_at in sorted(pending.items()):
            connection.execute(_STATEMENTS[kind], {"used_id": used_id, "used_at": used_at})
