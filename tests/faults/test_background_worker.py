"""The background worker is killed again and again: no job is lost, none has its effect twice."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.support import serve
from tests.support.probe_worker import EFFECT, PROBE
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work, writer
from todoapp.limits import JobState
from todoapp.models import Job
from todoapp.services import jobs
from todoapp.settings import ROOT

pytestmark = pytest.mark.faults

JOBS, KILLS = 200, 4


def count(app: Flask, kind: str, state: JobState) -> int:
    with app.app_context():
        asked = select(func.count()).where(Job.kind == kind, Job.state == state)
        return db.session.scalar(asked) or 0


def work_on(app: Flask, env: dict[str, str], done: int) -> None:
    """Let a worker work until so many are done in all, and kill it."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.support.probe_worker"],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        serve.wait_until(lambda: count(app, PROBE, JobState.DONE) >= done, f"{done} jobs")
    finally:
        worker.kill()
        worker.wait()
    with app.app_context(), unit_of_work():  # rather than wait for a minute
        lost = update(Job).where(Job.state == JobState.RUNNING)
        writer().execute(lost.values(leased_until=utcnow()))


def test_kills_lose_no_job_and_double_none(app: Flask, tmp_path: Path) -> None:
    env = serve.environment(tmp_path, database_url=app.config["SETTINGS"].database_url)
    with app.app_context(), unit_of_work():
        for _ in range(JOBS):
            jobs.enqueue(PROBE, {}, at=utcnow())
    for done in sorted(random.sample(range(1, JOBS), KILLS)):
        work_on(app, env, done)
    work_on(app, env, JOBS)
    assert count(app, PROBE, JobState.DONE) == JOBS
    assert count(app, EFFECT, JobState.QUEUED) == JOBS
