"""What an administrator decides on jobs: to run one again, or to discard it."""

from datetime import datetime

from sqlalchemy import delete, select, update

from todoapp.db import writer
from todoapp.errors import Conflict, NotFound
from todoapp.limits import Action, JobState, Noun, Scope
from todoapp.models import Job
from todoapp.services import changes
from todoapp.services.access import Actor, require_scope


def retry(actor: Actor, job_id: int, *, at: datetime) -> None:
    """Put a job that was given up back into the queue, as if it had never been tried.

    Raises Forbidden, NotFound, and Conflict for another job.
    """
    _kind(actor, job_id, JobState.DEAD)
    anew = {"state": JobState.QUEUED, "run_at": at, "attempts": 0, "ended_at": None}
    writer().execute(update(Job).where(Job.id == job_id).values(**anew))
    diff = {"state": [str(JobState.DEAD), str(JobState.QUEUED)]}
    changes.record(actor, [changes.Entry(Noun.JOB, job_id, Action.RETRY, None, diff)], at=at)


def discard(actor: Actor, job_id: int, *, at: datetime) -> None:
    """Delete a job that was given up, or waits; what it was to do is not done.

    Raises as `retry`.
    """
    kind = _kind(actor, job_id, JobState.DEAD, JobState.QUEUED)
    writer().execute(delete(Job).where(Job.id == job_id))
    diff = {"name": [kind, None]}
    changes.record(actor, [changes.Entry(Noun.JOB, job_id, Action.DELETE, None, diff)], at=at)


def _kind(actor: Actor, job_id: int, *states: JobState) -> str:
    """Return the kind of the job, which is locked, and in one of these states."""
    require_scope(actor, Scope.ADMIN)
    found = select(Job.kind, Job.state).where(Job.id == job_id).with_for_update()
    row = writer().execute(found).first()
    if row is None:
        raise NotFound("No such job.")
    if row.state not in states:
        raise Conflict(f"The job is {row.state}, not {' or '.join(states)}.")
    return str(row.kind)
