"""Workers as processes of their own: killed, stopped, and several at once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support import serve
from tests.support.probe_worker import EFFECT, PROBE
from todoapp.clock import utcnow
from todoapp.db import close_reader, db, unit_of_work, writer
from todoapp.jobs.kinds import slots
from todoapp.models import Job
from todoapp.services import jobs
from todoapp.settings import ROOT

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def env(app: Flask, tmp_path: Path) -> dict[str, str]:
    return serve.environment(tmp_path, database_url=app.config["SETTINGS"].database_url)


@pytest.fixture
def start(env: dict[str, str]) -> Iterator[Start]:
    """Return a function that starts a worker with a probe, and waits until that has written."""
    started = []

    def begin() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.probe_worker"],
            env=env,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "in the middle\n"
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def enqueue(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        jobs.enqueue(PROBE, {}, at=utcnow())


def rows(app: Flask, kind: str) -> list[Any]:
    with app.app_context():
        return list(db.session.execute(select(Job.__table__).where(Job.kind == kind)))


def go_on(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_worker_killed_in_the_middle_of_a_job_loses_and_doubles_nothing(
    app: Flask, start: Start
) -> None:
    enqueue(app)
    first = start()
    first.kill()
    first.wait()
    assert rows(app, EFFECT) == []
    assert [job.state for job in rows(app, PROBE)] == ["running"]
    with app.app_context(), unit_of_work():  # rather than wait for a minute
        writer().execute(update(Job).values(leased_until=utcnow()))
    second = start()
    go_on(second)
    serve.wait_until(lambda: rows(app, PROBE)[0].state == "done", "the end of the job")
    assert rows(app, PROBE)[0].attempts == 2
    assert len(rows(app, EFFECT)) == 1


def test_a_worker_that_is_stopped_finishes_its_job_and_begins_no_other(
    app: Flask, start: Start
) -> None:
    enqueue(app)
    enqueue(app)
    worker = start()
    worker.send_signal(signal.SIGTERM)
    go_on(worker)
    assert worker.wait(serve.PATIENCE) == 0
    assert sorted(job.state for job in rows(app, PROBE)) == ["done", "queued"]
    assert len(rows(app, EFFECT)) == 1


def test_a_period_has_its_jobs_once_however_many_workers_there_are(
    app: Flask, env: dict[str, str]
) -> None:
    with app.app_context():
        close_reader()
    workers = [serve.start("flask", "todo", "worker", "--once", env=env) for _ in range(2)]
    for worker in workers:
        _out, log = worker.communicate(timeout=serve.PATIENCE)
        assert worker.returncode == 0, log
    with app.app_context():
        found = db.session.execute(select(Job.kind, Job.slot, Job.state)).all()
        on = slots(utcnow()).keys()
    assert {job.kind for job in found} == on
    assert {job.state for job in found} == {"done"}
    assert len({(job.kind, job.slot) for job in found}) == len(found)


#: For those who need not wait for long.
SOON = """
from todoapp.jobs import companion as module
module.FIRST = module.BETWEEN = 0.1
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[serve.Server]:
    with serve.gunicorn(tmp_path, added=SOON, worker="true") as server:
        yield server


def worker_of(server: serve.Server, *earlier: int) -> int | None:
    """Return the number of the worker that has begun to work after the earlier ones, if any has."""
    lines = [line for line in server.log.read_text().splitlines() if "worker started" in line]
    if len(lines) <= len(earlier):
        return None
    return int(json.loads(lines[-1])["worker"].split(":")[1])


def is_running(number: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except FileNotFoundError:
        return False


def test_gunicorn_runs_one_and_another_when_it_dies(served: serve.Server) -> None:
    first = serve.wait_until(lambda: worker_of(served), "a worker")
    os.kill(first, signal.SIGKILL)
    second = serve.wait_until(lambda: worker_of(served, first), "another worker")
    served.process.send_signal(signal.SIGHUP)
    third = serve.wait_until(lambda: worker_of(served, first, second), "one with new code")
    assert not is_running(second)
    assert served.log.read_text().count("here is another") == 1
    assert served.stop() == 0
    assert not is_running(third)
    assert "worker ended" in served.log.read_text().splitlines()[-1]


def test_it_ends_when_the_master_is_killed(served: serve.Server) -> None:
    worker = serve.wait_until(lambda: worker_of(served), "a worker")
    served.process.kill()
    serve.wait_until(lambda: not is_running(worker), "its end")
