"""The worker's loop, step by step, in this process."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update

from tests.support.statements import read
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work, writer
from todoapp.jobs import worker as loop
from todoapp.jobs.kinds import KINDS, Kind, Run, slots
from todoapp.jobs.worker import Worker
from todoapp.limits import JobState
from todoapp.models import Job
from todoapp.services import jobs

Define = Callable[[Run], None]


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Return a worker that knows one kind, `probe`, and nothing periodic."""
    for name in list(KINDS):
        monkeypatch.delitem(KINDS, name)
    return Worker(app)


@pytest.fixture
def define(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Define:
    return lambda run: monkeypatch.setitem(KINDS, "probe", Kind(run))


def enqueue(**payload: Any) -> int:
    with unit_of_work():
        return jobs.enqueue("probe", payload, at=utcnow())


def row(job_id: int) -> Any:
    return db.session.execute(select(Job.__table__).where(Job.id == job_id)).one()


def count(kind: str) -> int:
    return db.session.scalar(select(func.count()).where(Job.kind == kind)) or 0


def _write(payload: Any, at: datetime) -> bool:
    jobs.enqueue("effect", payload, at=at)
    return False


def test_a_job_is_run_with_its_payload_and_is_done(
    worker: Worker, define: Define, said: list[dict[str, Any]]
) -> None:
    got: list[Any] = []
    define(lambda payload, _at: bool(got.append(payload)))
    job_id = enqueue(name="Ada")
    assert worker.step()
    assert got == [{"name": "Ada"}]
    assert row(job_id).state == "done"
    assert not worker.step()
    [line] = said
    assert (line["message"], line["job"], line["job_kind"]) == ("job done", job_id, "probe")


def test_what_a_failing_job_wrote_is_undone_and_the_reason_is_told(
    worker: Worker, define: Define, said: list[dict[str, Any]]
) -> None:
    def run(payload: Any, at: datetime) -> bool:
        _write(payload, at)
        raise ValueError("no such address")

    define(run)
    job_id = enqueue()
    assert worker.step()
    assert count("effect") == 0
    job = row(job_id)
    assert (job.state, job.attempts, job.error) == ("queued", 1, "ValueError: no such address")
    assert not worker.step()  # it waits
    [line] = said
    assert (line["level"], line["message"]) == ("error", "job failed")
    assert line["traceback"].endswith("ValueError: no such address")


def test_a_payload_that_cannot_be_read_keeps_no_other_job_from_being_run(
    app: Flask, worker: Worker, define: Define
) -> None:
    if not app.config["SETTINGS"].is_sqlite:
        pytest.skip("PostgreSQL holds no such value.")

    def greet(payload: Any, _at: datetime) -> bool:
        return not payload["name"]

    define(greet)
    broken, other = enqueue(name="Ada"), enqueue(name="Bob")
    with unit_of_work():
        writer().execute(text("UPDATE job SET payload = '{Ada' WHERE id = :id"), {"id": broken})
    assert [worker.step() for _ in range(3)] == [True, True, False]
    assert row(broken).error == "TypeError: 'NoneType' object is not subscriptable"
    assert row(other).state == JobState.DONE


def test_a_job_that_is_given_up_is_told_of(
    worker: Worker, define: Define, said: list[dict[str, Any]]
) -> None:
    define(lambda _payload, _at: bool(1 / 0))
    job_id = enqueue()
    with unit_of_work():
        writer().execute(update(Job).values(attempts=jobs.ATTEMPTS - 1))
    assert worker.step()
    assert row(job_id).state == "dead"
    assert [line["message"] for line in said] == ["job failed", "job given up"]


def test_a_job_in_portions_commits_each_and_lets_others_between(
    worker: Worker, define: Define
) -> None:
    ran: list[str] = []

    def run(payload: Any, at: datetime) -> bool:
        ran.append(payload["name"])
        _write(payload, at)
        return ran.count("long") < 3 and payload["name"] == "long"

    define(run)
    enqueue(name="long")
    enqueue(name="short")
    while worker.step():
        pass
    assert ran == ["long", "short", "long", "long"]
    assert count("effect") == 4


def test_a_lost_claim_undoes_what_was_written(
    app: Flask, worker: Worker, define: Define, said: list[dict[str, Any]]
) -> None:
    def run(payload: Any, at: datetime) -> bool:
        # Somebody discards the job meanwhile; on SQLite that can only be before the first write.
        other = threading.Thread(target=discard)
        other.start()
        other.join()
        return _write(payload, at)

    def discard() -> None:
        with app.app_context(), unit_of_work():
            writer().execute(delete(Job))

    define(run)
    enqueue()
    assert worker.step()
    assert count("effect") == 0
    assert [line["message"] for line in said] == ["job lost"]


def test_the_lease_is_extended_while_a_job_runs(
    app: Flask, worker: Worker, define: Define, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "HEARTBEAT", 0.01)

    def run(_payload: Any, _at: datetime) -> bool:
        leases = set()
        while len(leases) < 3:
            leases.add(row(job_id).leased_until)
            db.session.rollback()
        return False

    define(run)
    job_id = enqueue()
    assert worker.step()
    assert row(job_id).state == "done"


def test_periodic_jobs_are_enqueued_once_for_each_period_whoever_comes_first(app: Flask) -> None:
    first, second = Worker(app), Worker(app)
    while first.step() or second.step():
        pass
    assert set(db.session.scalars(select(Job.kind))) == slots(utcnow()).keys()
    assert set(db.session.scalars(select(Job.state))) == {"done"}
    before = count("purge-trash"), count("prune-changes")
    noon = datetime(2030, 1, 1, 12, 30, tzinfo=UTC)
    for at in (noon, noon + timedelta(minutes=29), noon + timedelta(minutes=31)):
        for one in (first, second):
            one._enqueue(at)
    assert (count("purge-trash"), count("prune-changes")) == (before[0] + 2, before[1] + 1)


def test_an_idle_look_is_one_read(app: Flask, worker: Worker, define: Define) -> None:
    define(_write)
    worker.step()
    with read(app) as statements:
        assert not worker.step()
    [statement] = statements
    assert statement.sql.startswith("SELECT")
