"""Removing what has had its time, in portions, so that nobody waits for long.

Each function removes up to PRUNED_AT_ONCE rows in the present unit of work, and returns how many.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from todoapp.db import unit_of_work
from todoapp.installation import settings
from todoapp.services import (
    changes,
    failures,
    idempotency,
    job_rows,
    sessions,
    throttle,
    trash_expiry,
)

#: Returns how many rows it has removed.
Chore = Callable[[datetime], int]

#: Jobs that are done are told of for so long: longer than any period, so that none is run again.
JOBS_KEPT = timedelta(days=3)
FAILURES_KEPT = timedelta(days=90)


def trash(at: datetime) -> int:
    """Purge what has been in the trash for TODOAPP_TRASH_DAYS."""
    kept = trash_expiry.kept()
    return trash_expiry.purge(before=at - kept, at=at) if kept else 0


def log(at: datetime) -> int:
    """Forget the changes that are older than TODOAPP_CHANGES_DAYS."""
    return changes.prune(before=at - timedelta(days=settings().changes_days), at=at)


def logins(at: datetime) -> int:
    """Remove the sessions that are over."""
    return sessions.prune(idle=settings().session_idle, at=at)


def guesses(at: datetime) -> int:
    """Remove the counts of attempts to log in that count no longer."""
    return throttle.prune(at)


def answers(at: datetime) -> int:
    """Remove the answers that were kept for retries."""
    return idempotency.prune(at=at)


def errors(at: datetime) -> int:
    """Forget old failures."""
    return failures.prune(before=at - FAILURES_KEPT)


def queue(at: datetime) -> int:
    """Forget jobs that were done."""
    return job_rows.prune(before=at - JOBS_KEPT)


#: Beside the trash and the log of changes.
FURTHER: tuple[Chore, ...] = (logins, guesses, answers, errors, queue)


def whole(chore: Chore, at: datetime) -> int:
    """Do all of a chore, in units of work of its own, and return how many rows it removed."""
    count = 0
    while True:
        with unit_of_work():
            removed = chore(at)
        count += removed
        if not removed:
            return count
