"""Jobs that are done, and jobs that were given up."""

from datetime import datetime, timedelta

from flask import Flask

from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.limits import JobState
from todoapp.services import jobs
from todoapp.services.jobs import Claim


def done_job(app: Flask, kind: str = "probe", slot: str = "2026-06-16T17:00Z") -> int:
    """Return the id of a periodic job that has just been done."""
    with app.app_context():
        with unit_of_work():
            jobs.enqueue_slot(kind, slot, at=utcnow())
        claimed = _claim(kind, utcnow())
        with unit_of_work():
            jobs.finish(claimed, at=utcnow())
    return claimed.id


def dead_job(app: Flask, kind: str = "probe", error: str = "no such address") -> int:
    """Return the id of a job that has failed too often."""
    with app.app_context():
        now = utcnow() - timedelta(days=1)
        with unit_of_work():
            job_id = jobs.enqueue(kind, {"name": "Ada"}, at=now)
        state = None
        while state != JobState.DEAD:
            claimed = _claim(kind, now)
            with unit_of_work():
                state = jobs.fail(claimed, ValueError(error), at=now)
            now += 2 * jobs.LONGEST_PAUSE
    return job_id


def _claim(kind: str, at: datetime) -> Claim:
    with unit_of_work():
        claimed = jobs.claim([kind], worker="w", at=at)
    assert claimed is not None
    return claimed
