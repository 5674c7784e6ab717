"""Jobs: enqueued with the write that asks for them, claimed by a worker, and ended.

A worker claims a job under a lease, which it extends while it works. If it dies, the lease ends and
another worker claims the job. What a job writes is committed together with its end, and only by
whoever still has the claim: so there it happens once, whatever is killed. What a job does elsewhere
may happen again.
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from todoapp.db import reader, writer
from todoapp.limits import FAILURE_TEXT_MAX, JobState
from todoapp.models import Job
from todoapp.models.job import OPEN

#: A worker that has not asked for more time for so long counts as dead.
LEASE = timedelta(minutes=1)
#: A job that was begun so often without getting on is given up.
ATTEMPTS = 10
#: The pause after the first failure, which doubles with each further one, and the longest.
PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)

_random = random.SystemRandom()
#: What a job has that nobody works on.
_FREE: dict[str, Any] = {"leased_by": None, "leased_until": None}


@dataclass(frozen=True)
class Claim:
    """A job that a worker has, for as long as its lease lasts."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    worker: str


class LostClaim(Exception):
    """The job is no longer this worker's: its lease ended, and another one has it or ended it."""


def enqueue(kind: str, payload: Mapping[str, Any], *, at: datetime) -> int:
    """Add a job to be run at `at` or later, when the present unit of work is committed.

    Returns its id.
    """
    statement = insert(Job).values(**_new(kind, payload, None, at)).returning(Job.id)
    return int(writer().execute(statement).scalar_one())


def enqueue_slot(kind: str, slot: str, *, at: datetime) -> bool:
    """Add the periodic job for its period, and tell whether it was not there yet."""
    dialect = postgresql if writer().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Job).values(**_new(kind, {}, slot, at))
    added = statement.on_conflict_do_nothing(index_elements=["kind", "slot"]).returning(Job.id)
    return writer().execute(added).first() is not None


def _new(kind: str, payload: Mapping[str, Any], slot: str | None, at: datetime) -> dict[str, Any]:
    new = {"kind": kind, "payload": dict(payload), "slot": slot, "run_at": at, "created_at": at}
    return {**new, "state": JobState.QUEUED, "attempts": 0}


def has_slot(kind: str, slot: str) -> bool:
    """Tell whether the periodic job for a period was enqueued."""
    found = select(Job.id).where(Job.kind == kind, Job.slot == slot)
    return reader().scalar(found) is not None


def is_due(kinds: Collection[str], *, at: datetime) -> bool:
    """Tell whether there is something to claim. It only reads, and keeps no writer waiting."""
    return reader().scalar(_due(kinds, at)) is not None


def claim(kinds: Collection[str], *, worker: str, at: datetime) -> Claim | None:
    """Claim the job of these kinds that has been due the longest; None: there is none.

    Of two workers at once each gets another: PostgreSQL skips rows that are locked, SQLite's
    writers are serial. A job whose workers have died too often is given up instead.
    """
    connection = writer()
    due = _due(kinds, at).with_for_update(skip_locked=True).scalar_subquery()
    statement = (
        update(Job)
        .where(Job.id == due)
        .values(
            state=JobState.RUNNING,
            attempts=Job.attempts + 1,
            leased_by=worker,
            leased_until=at + LEASE,
        )
    )
    columns = (Job.id, Job.kind, Job.payload, Job.attempts, Job.leased_by)
    row = connection.execute(statement.returning(*columns)).first()
    if row is None:
        return None
    claimed = Claim(*row)
    if claimed.attempts > ATTEMPTS:
        _give_up(claimed, "Its worker died.", at=at)
        return None
    return claimed


def _due(kinds: Collection[str], at: datetime) -> Select[tuple[int]]:
    """Return the select of the id of the job that comes next."""
    return (
        select(Job.id)
        .where(text(OPEN), Job.run_at <= at, Job.kind.in_(list(kinds)))
        .where(or_(Job.leased_until.is_(None), Job.leased_until <= at))
        .order_by(Job.run_at, Job.id)
        .limit(1)
        # Else SQLite goes through all jobs of these kinds, those that are done included.
        .with_hint(Job, "ix_job_open", "sqlite")
    )


def extend(claimed: Claim, *, at: datetime) -> bool:
    """Ask for more time, and tell whether the job is still this worker's."""
    return _change(claimed, {"leased_until": at + LEASE})


def finish(claimed: Claim, *, at: datetime) -> None:
    """Note that the job is done. Raises LostClaim, so that what it wrote is undone."""
    _require(claimed, {"state": JobState.DONE, "ended_at": at, "error": None, **_FREE})


def put_back(claimed: Claim, *, at: datetime) -> None:
    """Put the job back into the queue, since a part of it is done, and more is left.

    Raises LostClaim, so that what it wrote is undone.
    """
    got_on = {"state": JobState.QUEUED, "run_at": at, "attempts": 0, "error": None}
    _require(claimed, {**got_on, **_FREE})


def fail(claimed: Claim, error: BaseException, *, at: datetime) -> JobState | None:
    """Note that the job failed: it is tried again after a pause, or given up.

    Returns how it stands now; None: it is no longer this worker's.
    """
    if claimed.attempts >= ATTEMPTS:
        return JobState.DEAD if _give_up(claimed, told(error), at=at) else None
    later = {"state": JobState.QUEUED, "run_at": at + _pause(claimed.attempts)}
    again = _change(claimed, {**later, "error": told(error), **_FREE})
    return JobState.QUEUED if again else None


def _pause(attempts: int) -> timedelta:
    """Return how long to wait; by chance longer or shorter, lest many come again at once."""
    pause: timedelta = min(PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    return pause * _random.uniform(0.5, 1.5)


def told(error: BaseException) -> str:
    """Return what is kept of an error: its class, and the first line of what it says.

    What SQLAlchemy's errors say is left out: they quote statements and values. So is what no
    database can hold: NUL, and names of files that are not text.
    """
    kind = type(error).__qualname__
    said = "" if isinstance(error, SQLAlchemyError) else next(iter(str(error).splitlines()), "")
    said = "".join(filter(str.isprintable, said))
    return (f"{kind}: {said}" if said else kind)[:FAILURE_TEXT_MAX]


def _give_up(claimed: Claim, error: str, *, at: datetime) -> bool:
    return _change(claimed, {"state": JobState.DEAD, "ended_at": at, "error": error, **_FREE})


def _require(claimed: Claim, values: Mapping[str, Any]) -> None:
    if not _change(claimed, values):
        raise LostClaim(f"Job {claimed.id} is no longer with {claimed.worker}.")


def _change(claimed: Claim, values: Mapping[str, Any]) -> bool:
    """Change the job if the claim still holds: a later one has counted another attempt."""
    statement = update(Job).where(
        Job.id == claimed.id,
        Job.state == JobState.RUNNING,
        Job.leased_by == claimed.worker,
        Job.attempts == claimed.attempts,
    )
    return writer().execute(statement.values(**values)).rowcount > 0
