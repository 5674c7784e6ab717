"""`/metrics` of Gunicorn's workers: together, and whatever becomes of each of them."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from tests.support import serve
from tests.support.serve import Server

REQUESTS = 100
COUNTERS = ["counter_1.db", "counter_2.db"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("metrics")
    with serve.gunicorn(folder, metrics_from="127.0.0.1") as running:
        yield running


def value(server: Server, name: str, **labels: str) -> float:
    """Return the sum of the samples of that name that have these labels."""
    text = server.call("GET", "/metrics").body.decode()
    return sum(
        sample.value
        for family in parsed(text)
        for sample in family.samples
        if sample.name == name and sample.labels.items() >= labels.items()
    )


def answered(server: Server) -> float:
    return value(server, "todoapp_http_requests_total", route="/api/v1/todos", status="200")


def call(server: Server, times: int) -> None:
    """Call as often, on connections of their own, so that the workers share them."""
    with ThreadPoolExecutor(4) as pool:
        statuses = pool.map(
            lambda _: server.call("GET", "/api/v1/todos?page_size=1").status, range(times)
        )
        assert set(statuses) == {200}


def workers(server: Server) -> set[int]:
    return {child.pid for child in psutil.Process(server.process.pid).children()}


def files(server: Server) -> list[str]:
    """Return the names of the files that the workers count in."""
    return sorted(path.name for path in folder(server).iterdir())


def folder(server: Server) -> Path:
    """Return where the workers count."""
    opened = (psutil.Process(pid).open_files() for pid in workers(server))
    paths = (Path(file.path) for some in opened for file in some)
    [found] = {path.parent for path in paths if path.parent.name.startswith("todoapp-metrics-")}
    return found


def is_replaced(server: Server, old: set[int]) -> bool:
    """Tell whether there are two workers, none of them old, and the service is ready."""
    present = workers(server)
    return len(present) == 2 and not present & old and server.is_ready()


@pytest.mark.skipif(not Path("/dev/shm").exists(), reason="there is no folder in memory here")
def test_a_full_disk_is_nothing_to_those_who_count(server: Server) -> None:
    assert folder(server).parent == Path("/dev/shm")


def test_workers_are_counted_together_whatever_becomes_of_them(server: Server) -> None:
    call(server, REQUESTS)
    assert answered(server) == REQUESTS
    before = files(server)
    assert [name for name in before if name.startswith("counter")] == COUNTERS
    for times in (2, 3):
        killed = min(workers(server))
        os.kill(killed, signal.SIGKILL)
        serve.wait_until(partial(is_replaced, server, {killed}), "another worker")
        assert answered(server) == REQUESTS * (times - 1)
        call(server, REQUESTS)
        assert answered(server) == REQUESTS * times
    assert files(server) == before  # however many workers there were


def test_connections_of_a_dead_worker_are_not_in_use(server: Server) -> None:
    call(server, 20)
    killed = min(workers(server))
    os.kill(killed, signal.SIGKILL)
    serve.wait_until(partial(is_replaced, server, {killed}), "another worker")
    # The pools of both that live, each with a connection for each thread and two more.
    size = partial(value, server, "todoapp_database_pool_size", pool="reads")
    serve.wait_until(lambda: size() == 2 * (4 + 2), "its pool")
    assert 1 <= value(server, "todoapp_database_pool_in_use", pool="reads") <= size()


def test_a_reload_keeps_the_counts(server: Server) -> None:
    before = answered(server)
    old = workers(server)
    server.process.send_signal(signal.SIGHUP)
    serve.wait_until(partial(is_replaced, server, old), "new workers")
    call(server, REQUESTS)
    assert answered(server) == before + REQUESTS


def test_the_next_start_begins_at_zero(server: Server) -> None:
    """The last here, for it stops the server."""
    assert answered(server) > 0
    left = folder(server)
    assert server.stop() == 0
    assert not left.exists()
    command = [str(serve.BIN / "gunicorn")]
    with serve.started(*command, env=server.env, log=server.log) as again:
        assert answered(again) == 0
