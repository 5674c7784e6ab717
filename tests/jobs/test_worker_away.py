"""The worker while the database is away."""

import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import make_url, select

from tests.conftest import MakeSettings
from tests.support import postgres
from tests.support.serve import wait_until
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections, unit_of_work
from todoapp.jobs import worker as loop
from todoapp.jobs.kinds import KINDS, Kind
from todoapp.jobs.worker import Worker
from todoapp.models import Job
from todoapp.services import jobs


@pytest.fixture
def cable() -> Iterator[Path]:
    """Return a symbolic link to the server's socket: to remove it is to unplug the server."""
    with tempfile.TemporaryDirectory(prefix="cable-") as folder:
        yield Path(folder) / "c"


@pytest.fixture
def app(postgresql_server: str, cable: Path, make_settings: MakeSettings) -> Iterator[Flask]:
    url = make_url(postgres.new_database(postgresql_server, "worker"))
    cable.symlink_to(str(url.query["host"]))
    url = url.update_query_dict({"host": str(cable)})
    app = create_app(make_settings(database_url=url.render_as_string(hide_password=False)))
    with app.app_context():
        flask_migrate.upgrade()
        yield app
        db.session.remove()
        forget_connections()


def test_it_waits_for_the_database_and_goes_on(
    app: Flask, cable: Path, said: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "AWAY", 0.05)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process keeps its own
    for name in list(KINDS):
        monkeypatch.delitem(KINDS, name)
    monkeypatch.setitem(KINDS, "probe", Kind(lambda _payload, _at: False))
    with unit_of_work():
        jobs.enqueue("probe", {}, at=utcnow())
    forget_connections()
    server = cable.readlink()
    cable.unlink()
    worker = Worker(app)

    def plug_in_later() -> None:
        wait_until(lambda: messages().count("the database cannot be used") > 1, "two looks")
        cable.symlink_to(server)
        wait_until(lambda: "job done" in messages(), "the job")
        worker._signals.put(signal.SIGTERM)

    def messages() -> list[str]:
        return [line["message"] for line in said]

    operator = threading.Thread(target=plug_in_later)
    operator.start()
    worker.run()
    operator.join()
    assert messages()[0] == "worker started"
    assert messages()[-2:] == ["job done", "worker ended"]
    assert str(cable) not in str(said)
    assert db.session.scalar(select(Job.state)) == "done"
