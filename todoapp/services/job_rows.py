"""The queue as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, text

from todoapp.db import reader, writer
from todoapp.errors import NotFound
from todoapp.limits import PRUNED_AT_ONCE, JobState, Scope
from todoapp.models import Job
from todoapp.models.job import OPEN
from todoapp.services.access import Actor, require_scope


@dataclass(frozen=True)
class Queue:
    """How much there is to do."""

    #: How many jobs there are in each state.
    counts: Mapping[JobState, int]
    #: Since when the job waits that has been due the longest; None: none waits.
    oldest_due_at: datetime | None
    #: When a job was ended last; None: none is remembered.
    last_ended_at: datetime | None

    def waited(self, at: datetime) -> float:
        """Return for how many seconds the job has waited that has been due the longest."""
        return max(0.0, (at - self.oldest_due_at).total_seconds()) if self.oldest_due_at else 0.0


def queue(at: datetime) -> Queue:
    """Return how much there is to do, in two statements."""
    grouped = select(Job.state, func.count(), func.max(Job.ended_at)).group_by(Job.state)
    rows = reader().execute(grouped).all()
    counts = dict.fromkeys(JobState, 0) | {JobState(row[0]): row[1] for row in rows}
    free = or_(Job.leased_until.is_(None), Job.leased_until <= at)
    waiting = select(func.min(Job.run_at)).where(text(OPEN), Job.run_at <= at, free)
    ended = max((row[2] for row in rows if row[2]), default=None)
    return Queue(counts, reader().scalar(waiting), ended)


def page(
    actor: Actor, query: Mapping[str, Any], before: int | None
) -> tuple[list[Row[Any]], tuple[int] | None]:
    """Return jobs, newest first, and where the next page begins.

    `query` is a schemas.job.JobQuery. Raises Forbidden.
    """
    require_scope(actor, Scope.ADMIN)
    size = query["page_size"]
    statement = select(Job.__table__).order_by(Job.id.desc()).limit(size + 1)
    if "state" in query:
        statement = statement.where(Job.state == query["state"])
    if before is not None:
        statement = statement.where(Job.id < before)
    rows = list(reader().execute(statement))
    return rows[:size], (rows[size - 1].id,) if len(rows) > size else None


def read(actor: Actor, job_id: int) -> Row[Any]:
    """Return a job, for reading. Raises Forbidden and NotFound."""
    require_scope(actor, Scope.ADMIN)
    row = reader().execute(select(Job.__table__).where(Job.id == job_id)).first()
    if row is None:
        raise NotFound("No such job.")
    return row


def last_runs() -> dict[str, datetime]:
    """Return when each kind of periodic job was done last, as far as that is remembered."""
    done = select(Job.kind, func.max(Job.ended_at).label("at")).group_by(Job.kind)
    done = done.where(Job.slot.is_not(None), Job.state == JobState.DONE)
    return {row.kind: row.at for row in reader().execute(done)}


def prune(*, before: datetime, most: int = PRUNED_AT_ONCE) -> int:
    """Forget jobs that were done earlier than `before`; return how many, at most `most`."""
    old = (Job.state == JobState.DONE, Job.ended_at < before)
    some = select(Job.id).where(*old).limit(most)
    return writer().execute(delete(Job).where(Job.id.in_(some), *old)).rowcount
