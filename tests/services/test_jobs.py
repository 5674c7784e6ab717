"""The queue: a job is run by one worker at a time, until it is done or given up."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests.support.statements import read
from todoapp.db import db, reader, unit_of_work
from todoapp.limits import JobState
from todoapp.models import Job
from todoapp.services import job_rows, jobs
from todoapp.services.jobs import ATTEMPTS, LEASE, Claim, LostClaim

NOW = datetime(2026, 6, 16, 17, tzinfo=UTC)
KINDS = ("greet", "wave")


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def enqueue(kind: str = "greet", at: datetime = NOW, **payload: Any) -> int:
    with unit_of_work():
        return jobs.enqueue(kind, payload, at=at)


def claim(worker: str = "w1", at: datetime = NOW) -> Claim | None:
    with unit_of_work():
        return jobs.claim(KINDS, worker=worker, at=at)


def claimed(worker: str = "w1", at: datetime = NOW) -> Claim:
    got = claim(worker, at)
    assert got is not None
    return got


def end(how: Callable[..., Any], got: Claim, *rest: Any, at: datetime = NOW) -> Any:
    with unit_of_work():
        return how(got, *rest, at=at)


def row(job_id: int) -> Any:
    return db.session.execute(select(Job.__table__).where(Job.id == job_id)).one()


def test_a_job_commits_with_the_write_that_asks_for_it() -> None:
    with unit_of_work() as unit:
        jobs.enqueue("greet", {}, at=NOW)
        unit.rollback = True
    assert claim() is None
    job_id = enqueue(name="Ada")
    got = claimed()
    assert (got.id, got.kind, got.payload, got.attempts) == (job_id, "greet", {"name": "Ada"}, 1)


def test_it_is_run_when_it_is_due_the_longest_waiting_first() -> None:
    later, first, second = enqueue(at=NOW + timedelta(hours=1)), enqueue(), enqueue()
    assert [claimed().id, claimed().id] == [first, second]
    assert claim() is None
    assert claimed(at=NOW + timedelta(hours=1) - timedelta(seconds=1) + LEASE).id == first
    assert later in {claimed(at=NOW + timedelta(hours=2)).id for _ in range(3)}


def test_a_kind_that_a_worker_does_not_know_waits_for_another() -> None:
    job_id = enqueue("new in the next version")
    assert not jobs.is_due(KINDS, at=NOW)
    assert claim() is None
    assert row(job_id).state == JobState.QUEUED


def test_done_is_done() -> None:
    job_id = enqueue()
    end(jobs.finish, claimed())
    assert row(job_id).state == JobState.DONE
    assert not jobs.is_due(KINDS, at=NOW + 10 * LEASE)
    assert claim(at=NOW + 10 * LEASE) is None


def test_an_idle_look_only_reads(app: Flask) -> None:
    with read(app) as statements:
        assert not jobs.is_due(KINDS, at=NOW)
    assert [statement.sql.split()[0] for statement in statements] == ["SELECT"]


def test_the_job_of_a_dead_worker_goes_to_another_when_its_lease_ends() -> None:
    job_id = enqueue()
    dead = claimed("w1")
    assert claim("w2", NOW + LEASE - timedelta(seconds=1)) is None
    assert jobs.is_due(KINDS, at=NOW + LEASE)
    other = claimed("w2", NOW + LEASE)
    assert (other.id, other.attempts) == (job_id, 2)
    assert not end(jobs.extend, dead, at=NOW + LEASE)
    for how in (jobs.finish, jobs.put_back):
        with pytest.raises(LostClaim):
            end(how, dead)
    assert end(jobs.fail, dead, RuntimeError()) is None
    end(jobs.finish, other)


def test_what_a_worker_without_its_claim_wrote_is_undone() -> None:
    enqueue()
    slow = claimed("w1")
    end(jobs.finish, claimed("w2", NOW + LEASE))

    def write_and_finish(got: Claim, *, at: datetime) -> None:
        jobs.enqueue("wave", {}, at=at)
        jobs.finish(got, at=at)

    with pytest.raises(LostClaim):
        end(write_and_finish, slow, at=NOW + LEASE)
    assert db.session.scalar(select(Job.id).where(Job.kind == "wave")) is None


def test_a_lease_that_is_extended_does_not_end() -> None:
    enqueue()
    got = claimed()
    assert end(jobs.extend, got, at=NOW + LEASE - timedelta(seconds=1))
    assert claim("w2", NOW + LEASE) is None


def test_a_failure_is_tried_again_later_and_later_then_given_up() -> None:
    job_id, now = enqueue(), NOW
    pauses = []
    for _ in range(ATTEMPTS - 1):
        assert end(jobs.fail, claimed(at=now), OSError("disk full\nsecret"), at=now) == "queued"
        assert row(job_id).error == "OSError: disk full"
        assert claim(at=now) is None
        pauses.append(row(job_id).run_at.replace(tzinfo=UTC) - now)
        now += pauses[-1]
    assert all(
        jobs.PAUSE * 2**n / 2 <= pause <= min(jobs.PAUSE * 2**n, jobs.LONGEST_PAUSE) * 1.5
        for n, pause in enumerate(pauses[:7])
    )
    assert max(pauses) <= jobs.LONGEST_PAUSE * 1.5
    assert end(jobs.fail, claimed(at=now), ValueError(), at=now) == "dead"
    assert (row(job_id).state, row(job_id).error) == ("dead", "ValueError")
    assert claim(at=now + timedelta(days=400)) is None


def test_a_job_whose_workers_die_is_given_up_as_well() -> None:
    job_id, now = enqueue(), NOW
    for _ in range(ATTEMPTS):
        claimed(at=now)
        now += LEASE
    assert claim(at=now) is None
    assert (row(job_id).state, row(job_id).error) == ("dead", "Its worker died.")


def test_a_job_that_gets_on_is_not_given_up() -> None:
    job_id = enqueue()
    for _ in range(ATTEMPTS + 1):
        end(jobs.put_back, claimed())
    assert (row(job_id).state, row(job_id).attempts) == ("queued", 0)


def test_of_an_error_of_the_database_only_its_class_is_kept() -> None:
    error = OperationalError("SELECT secret", {"password": "x"}, Exception("at secret"))
    assert jobs.told(error) == "OperationalError"
    assert len(jobs.told(ValueError("x" * 1000))) == 200


def test_what_no_database_can_hold_is_left_out_of_an_error() -> None:
    assert jobs.told(ValueError("a\0b \udcff\nmore")) == "ValueError: ab "


def test_a_period_has_one_job_however_often_it_is_enqueued() -> None:
    with unit_of_work():
        assert jobs.enqueue_slot("greet", "2026-06-16T17:00Z", at=NOW)
        assert not jobs.enqueue_slot("greet", "2026-06-16T17:00Z", at=NOW)
        assert jobs.enqueue_slot("wave", "2026-06-16T17:00Z", at=NOW)
    assert jobs.has_slot("greet", "2026-06-16T17:00Z")
    assert not jobs.has_slot("greet", "2026-06-16T18:00Z")
    end(jobs.finish, claimed())
    with unit_of_work():
        assert not jobs.enqueue_slot("greet", "2026-06-16T17:00Z", at=NOW)


def test_workers_at_once_get_different_jobs(app: Flask) -> None:
    wanted = {enqueue() for _ in range(20)}
    got: list[int] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        with app.app_context():
            start.wait()
            while (mine := claim(name)) is not None:
                got.append(mine.id)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(wanted)


def test_a_claim_does_not_wait_for_another(app: Flask) -> None:
    """On SQLite writers are serial: the second begins when the first has committed."""
    first, second = enqueue(), enqueue()
    if app.config["SETTINGS"].is_sqlite:
        assert [claimed("w1").id, claimed("w2").id] == [first, second]
        return
    got: list[int] = []

    def rival() -> None:
        with app.app_context():
            got.append(claimed("w2").id)

    with unit_of_work():
        mine = jobs.claim(KINDS, worker="w1", at=NOW)
        thread = threading.Thread(target=rival)
        thread.start()
        thread.join(10)
        assert got == [second]
    assert mine is not None
    assert mine.id == first


def test_the_queue_tells_how_much_there_is_and_how_long_it_waits() -> None:
    assert job_rows.queue(NOW).waited(NOW) == 0
    enqueue(at=NOW + timedelta(minutes=1))
    enqueue(at=NOW - timedelta(minutes=2))
    enqueue(at=NOW - timedelta(minutes=1))
    told = job_rows.queue(NOW)
    assert told.counts == {"queued": 3, "running": 0, "done": 0, "dead": 0}
    assert (told.waited(NOW), told.last_ended_at) == (120, None)
    end(jobs.finish, claimed())
    claimed()
    told = job_rows.queue(NOW)
    assert told.counts == {"queued": 1, "running": 1, "done": 1, "dead": 0}
    assert (told.waited(NOW), told.last_ended_at) == (0, NOW)
    assert job_rows.queue(NOW + LEASE).waited(NOW + LEASE) == 120  # its worker has died


def test_jobs_that_were_done_are_forgotten_those_given_up_are_not() -> None:
    for _ in range(2):
        enqueue()
    end(jobs.finish, claimed())
    got = claimed()
    with unit_of_work():
        jobs._give_up(got, "x", at=NOW)
    for before, count in ((NOW, 0), (NOW + timedelta(seconds=1), 1)):
        with unit_of_work():
            assert job_rows.prune(before=before) == count
    assert row(got.id).state == JobState.DEAD


def test_the_next_job_is_found_by_the_index_of_what_is_open(app: Flask) -> None:
    with read(app) as statements:
        jobs.is_due(KINDS, at=NOW)
    [statement] = statements
    driver: Any = reader().connection.driver_connection
    if app.config["SETTINGS"].is_sqlite:
        plan = driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values).fetchall()
    else:
        driver.execute("SET enable_seqscan = off")  # which it prefers for so few rows
        plan = driver.execute(f"EXPLAIN {statement.sql}", statement.values).fetchall()
        driver.execute("RESET enable_seqscan")
    assert "ix_job_open" in str(plan)
    assert not re.search("TEMP B-TREE|Sort", str(plan))
