"""Sixty slow clients do not slow others down: they wait at the proxy, and hold no thread."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import pytest

from tests.support import nginx, serve
from tests.support.serve import Server

pytestmark = pytest.mark.faults

SLOW = 60
ORDINARY = 150
#: Seconds between two bytes of a slow client.
PAUSE = 0.5
#: So many times as long may an ordinary request take; a thread to wait for would take hundreds.
FACTOR = 5


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Server]:
    with serve.gunicorn(tmp_path, workers="2", threads="4", proxies="1") as server:
        yield server


@pytest.fixture
def proxy(service: Server, tmp_path: Path) -> Iterator[Server]:
    """Return nginx, as it is shipped, before the service."""
    with nginx.proxy(tmp_path / "nginx", service.bind) as proxy:
        proxy.key = service.key
        yield proxy


def ordinary(server: Server) -> float:
    """Return the median time of ordinary requests, in seconds."""
    taken = []
    for _ in range(ORDINARY):
        started = time.perf_counter()
        assert server.call("GET", "/api/v1/todos").status == 200
        taken.append(time.perf_counter() - started)
    return median(taken)


def drip(server: Server, begun: threading.Barrier, stopped: threading.Event) -> None:
    """Send a todo byte by byte until told to stop, and then the rest of it."""
    body = b'{"title": "' + b"slow " * 40 + b'"}'
    head = f"POST /api/v1/todos HTTP/1.1\r\nHost: {server.bind}\r\nX-API-Key: {server.key}\r\n"
    fields = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    host, _, port = server.bind.rpartition(":")
    with closing(socket.create_connection((host, int(port)), serve.PATIENCE)) as client:
        client.sendall((head + fields).encode())
        begun.wait(serve.PATIENCE)
        while body and not stopped.wait(PAUSE):
            client.sendall(body[:1])
            body = body[1:]
        client.sendall(body)
        assert client.recv(65536).startswith(b"HTTP/1.1 201 ")


@contextmanager
def slow_clients(server: Server) -> Iterator[None]:
    """Keep them going for the block; each is served in the end."""
    begun, stopped = threading.Barrier(SLOW + 1), threading.Event()
    with ThreadPoolExecutor(SLOW) as pool:
        clients = [pool.submit(drip, server, begun, stopped) for _ in range(SLOW)]
        try:
            begun.wait(serve.PATIENCE)
            yield
        finally:
            stopped.set()
        for client in clients:
            client.result()


def test_slow_clients_behind_the_proxy_slow_nobody(proxy: Server) -> None:
    alone = ordinary(proxy)
    with slow_clients(proxy):
        among_slow = ordinary(proxy)
    print(f"\nan ordinary request: {alone * 1e3:.1f} ms; among slow ones {among_slow * 1e3:.1f} ms")
    assert among_slow < FACTOR * alone
