"""Workers that come and go, on purpose or not, while clients go on connecting."""

import http.client
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support import serve
from tests.support.serve import Server
from todoapp.settings import ROOT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One worker, which everybody who connects has to wait for."""
    with serve.gunicorn(tmp_path_factory.mktemp("reload"), workers="1") as running:
        yield running


def workers(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


@contextmanager
def waiting(server: Server) -> Iterator[http.client.HTTPConnection]:
    """Yield a connection with a request on it that no worker has accepted, and wake the worker."""
    [worker] = workers(server)
    worker.suspend()
    with closing(server.connection()) as client:
        client.request("GET", "/livez")
        yield client
        if worker.is_running():
            worker.resume()
        assert client.getresponse().status == 200


@contextmanager
def load(server: Server) -> Iterator[Counter[int | str]]:
    """Let four clients connect anew for each request; yield what they get."""
    outcomes: Counter[int | str] = Counter()
    stopped = threading.Event()

    def client() -> None:
        while not stopped.is_set():
            try:
                outcomes[server.call("GET", "/livez").status] += 1
            except (OSError, http.client.HTTPException) as error:
                outcomes[type(error).__name__] += 1

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(client)
        try:
            yield outcomes
        finally:
            stopped.set()


def reload(server: Server) -> None:
    """Have it reload, and wait until the last of the workers from before has gone."""
    before = workers(server)
    server.process.send_signal(signal.SIGHUP)
    psutil.wait_procs(before, serve.PATIENCE)
    assert not any(worker.is_running() for worker in before)


def copied(code: Path) -> None:
    """Make a copy of the code, which a test may change."""
    for name in ("todoapp", "templates", "static", "migrations"):
        shutil.copytree(ROOT / name, code / name)
    for name in ("wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, code)


def test_a_reload_takes_up_settings_and_code_and_refuses_nobody(tmp_path: Path) -> None:
    """Also code that the master has imported; but it keeps the number of workers.

    Each has a socket of its own: one without a worker would leave its clients waiting.
    """
    copied(tmp_path / "code")
    chosen = {"cors_origins": "https://old.example.com", "workers": "2"}
    for name, value in chosen.items():
        (tmp_path / name).write_text(value)
    files = {f"{name}_file": str(tmp_path / name) for name in chosen}
    env = serve.environment(tmp_path / "data", **files)
    assert serve.todo("init", env=env).returncode == 0
    command, log = str(serve.BIN / "gunicorn"), tmp_path / "log"
    with serve.started(command, env=env, log=log, cwd=tmp_path / "code") as server:
        (tmp_path / "cors_origins").write_text("https://new.example.com")
        (tmp_path / "workers").write_text("1")
        with (tmp_path / "code" / "todoapp" / "__init__.py").open("a") as init:
            init.write('\n__version__ = "999.0.0"\n')
        with load(server) as outcomes:
            reload(server)
        assert set(outcomes) == {200}
        assert len(workers(server)) == 2
        told = server.call("GET", "/health", Origin="https://new.example.com")
        assert told.json["version"] == "999.0.0"
        told = server.call("GET", "/api/v1", Origin="https://new.example.com")
        assert told.headers["Access-Control-Allow-Origin"] == "https://new.example.com"


def test_who_waits_for_a_worker_that_is_killed_gets_the_next(server: Server) -> None:
    with waiting(server):
        [worker] = workers(server)
        os.kill(worker.pid, signal.SIGKILL)


def test_who_waits_when_the_service_stops_is_served(server: Server) -> None:
    """The last here, for it stops the server."""
    with waiting(server):
        server.process.send_signal(signal.SIGTERM)
        serve.wait_until(lambda: not listens(server), "the master to let go")
    assert server.process.wait(serve.PATIENCE) == 0


def listens(server: Server) -> bool:
    """Tell whether the master holds a socket."""
    return any(
        one.status == psutil.CONN_LISTEN
        for one in psutil.Process(server.process.pid).net_connections()
    )
