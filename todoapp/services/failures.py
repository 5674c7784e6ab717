"""The newest failures, for an administrator who is told the id that an error page has shown.

They are written after the answer, as far as that is possible: where the database itself is away,
they are in the log alone.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from traceback import walk_tb
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from todoapp.db import db, reader, writer
from todoapp.limits import FAILURE_TEXT_MAX, METHOD_MAX
from todoapp.models import Failure, User

_log = logging.getLogger("todoapp.failures")

#: So many are kept.
KEPT = 200
#: Seconds to wait for another writer.
WAIT = 0.5
#: One thread of a process writes at a time: if the database is away, no other is held up as well.
_turn = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A request that was answered by an error of ours."""

    at: datetime
    request_id: str
    method: str
    route: str | None
    status: int
    user_id: int | None


def record(failed: Failed, error: BaseException) -> None:
    """Remember it, in a transaction of its own; what goes wrong with that is logged, not raised.

    Of the error its class and its place are kept, never what it says.
    """
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    values = {
        **asdict(failed),
        "method": failed.method[:METHOD_MAX],
        "kind": kind[:FAILURE_TEXT_MAX],
        "place": _place(error),
    }
    if not _turn.acquire(timeout=WAIT):
        return
    try:
        with db.engines[None].execution_options(wait=WAIT).begin() as connection:
            _write(connection, values)
    except Exception as another:  # whatever it is, there is an error to be told of already
        facts = {"request_id": failed.request_id, "kind": type(another).__name__}
        _log.warning("not remembered", extra={"facts": facts})
    finally:
        _turn.release()


def newest(limit: int) -> Sequence[Row[Any]]:
    """Return the newest failures, with the `username`, for the operator and administrators."""
    named = select(Failure, User.username).outerjoin(User, User.id == Failure.user_id)
    return reader().execute(named.order_by(Failure.id.desc()).limit(limit)).all()


def prune(*, before: datetime) -> int:
    """Forget the failures earlier than `before`; return how many there were, at most KEPT."""
    return writer().execute(delete(Failure).where(Failure.at < before)).rowcount


def _write(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(insert(Failure).values(**values))
    newest_first = select(Failure.id).order_by(Failure.id.desc())
    oldest = newest_first.offset(KEPT).limit(1).scalar_subquery()
    connection.execute(delete(Failure).where(Failure.id <= oldest))


def _place(error: BaseException) -> str | None:
    """Return the innermost of our own lines that it went through."""
    places = [
        f"{name}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if (name := str(frame.f_globals.get("__name__"))).partition(".")[0] == "todoapp"
    ]
    return places[-1][:FAILURE_TEXT_MAX] if places else None
