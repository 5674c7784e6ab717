"""The nightly backup: when it is switched on, once a night."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support import postgres
from todoapp.db import db
from todoapp.jobs.kinds import KINDS, slots
from todoapp.jobs.worker import Worker
from todoapp.models import Job
from todoapp.services import backups


@pytest.fixture
def nightly(configured: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Return a service that makes a backup every night, and does nothing else by itself."""
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=os.pathsep)
    for name in set(KINDS) - {"backup"}:
        monkeypatch.delitem(KINDS, name)
    app = configured(backup_at="02:30")
    with app.app_context():
        yield app


def test_a_worker_makes_a_backup_every_night(nightly: Flask) -> None:
    worker = Worker(nightly)
    while worker.step():
        pass
    [made] = backups.every()
    assert made.size > 1000
    jobs = select(Job.kind, Job.state, Job.slot)
    [(kind, state, slot)] = db.session.execute(jobs).all()
    assert (kind, state) == ("backup", "done")
    assert slot.endswith("T02:30Z")


def test_it_is_off_by_default(app: Flask) -> None:
    with app.app_context():
        assert slots(datetime(2026, 6, 16, 17, tzinfo=UTC)).keys() == KINDS.keys() - {"backup"}
