"""Instances are restarted one after the other, and no client notices."""

import http.client
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.deploy.conftest import Topology


@contextmanager
def load(topology: Topology) -> Iterator[Counter[tuple[str, int | str]]]:
    """Let clients read and write, each request sent once; yield what they get."""
    outcomes: Counter[tuple[str, int | str]] = Counter()
    stopped = threading.Event()

    def call(method: str, path: str, title: str | None) -> int | str:
        body = None if title is None else {"title": title}
        try:
            answer = topology.proxy.call(method, path, body, Idempotency_Key=str(uuid.uuid4()))
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        return answer.status

    def client(method: str, path: str, title: str | None) -> None:
        while not stopped.is_set():
            outcomes[method, call(method, path, title)] += 1

    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            pool.submit(client, "GET", "/api/v1/todos", None)
            pool.submit(client, "POST", "/api/v1/todos", "rolling")
        try:
            yield outcomes
        finally:
            stopped.set()


def test_no_request_fails_while_all_instances_are_restarted(topology: Topology) -> None:
    before = {name: server.process.pid for name, server in topology.instances.items()}
    with load(topology) as outcomes:
        for name in topology.instances:
            topology.restart(name)
    assert set(outcomes) == {("GET", 200), ("POST", 201)}
    made = outcomes["POST", 201]
    total = topology.proxy.call("GET", "/api/v1/todos?q=rolling&count=true").json
    assert total["total_count"] == made > 20
    after = {name: server.process.pid for name, server in topology.instances.items()}
    assert not set(before.values()) & set(after.values())
