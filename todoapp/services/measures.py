"""What is known of the service beside its processes: numbers for those who watch it.

They ask every few seconds, so nothing is counted here that grows with the todos.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from todoapp.db import forget_connections, reader
from todoapp.installation import settings
from todoapp.limits import Status
from todoapp.models import TodoCount
from todoapp.services import backups, job_rows
from todoapp.services.health import UNREACHABLE


@dataclass(frozen=True)
class Measures:
    """What the database knows at one moment."""

    #: By status; those in the trash are not counted.
    todos: Mapping[str, int]
    #: By state.
    jobs: Mapping[str, int]
    #: For how many seconds the job has waited that has been due the longest.
    waited: float


def measure(*, at: datetime) -> Measures | None:
    """Return what the database knows; None: it cannot be asked."""
    for _ in range(2):
        try:
            queue = job_rows.queue(at)
            jobs = {state.value: count for state, count in queue.counts.items()}
            return Measures(_todos(), jobs, queue.waited(at))
        except UNREACHABLE:
            forget_connections()  # the next may be alive
    return None


_TODOS = select(*(func.sum(getattr(TodoCount, status)) for status in Status))


def _todos() -> Mapping[str, int]:
    row = reader().execute(_TODOS).one()
    return {status.value: int(count or 0) for status, count in zip(Status, row, strict=True)}


def last_backup() -> float | None:
    """Return when the newest backup was made, in seconds since 1970.

    0: there should be one, and is none; None: nobody has asked for any.
    """
    newest = backups.newest()
    if newest is not None:
        return newest.at.timestamp()
    return None if settings().backup_at is None else 0.0
