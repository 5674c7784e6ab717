"""When each key was last used, to the minute, without a write in every request.

Uses are collected in memory and written after the answer has gone out, in a transaction of their
own that waits for nobody: if the database is busy, a later use writes it. A crash loses a minute.
"""

import threading
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError

from todoapp.db import db
from todoapp.models import ApiKey

INTERVAL = timedelta(minutes=1)


class KeyUsage:
    """The uses that are yet to be written, of one process."""

    def __init__(self) -> None:
        self._pending: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def note(self, key_id: int, last_used_at: datetime | None, *, at: datetime) -> bool:
        """Note a use; tell whether it should be written once the answer is out."""
        if last_used_at is not None and at - last_used_at < INTERVAL:
            return False
        with self._lock:
            self._pending[key_id] = at
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


#: Somebody who changes the very key at this moment is not waited for (PostgreSQL).
_FREE = (
    select(ApiKey.id)
    .where(ApiKey.id == bindparam("key_id"))
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_STATEMENT = update(ApiKey).where(ApiKey.id == _FREE).values(last_used_at=bindparam("used_at"))


def _write(pending: dict[int, datetime]) -> None:
    if not pending:
        return
    engine = db.engines[None].execution_options(nowait=True)
    with engine.begin() as connection:
        for key_id, used_at in pending.items():
            connection.execute(_STATEMENT, {"key_id": key_id, "used_at": used_at})
