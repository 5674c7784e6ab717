"""The bare server and clients that fall silent: each holds a thread, and for a short time only."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.support import serve
from tests.support.serve import Server

THREADS = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One worker, which waits for a second only."""
    chosen = {"workers": "1", "threads": str(THREADS)}
    folder = tmp_path_factory.mktemp("slow")
    with serve.gunicorn(folder, added="receive_timeout = 1\n", **chosen) as running:
        yield running


def begin(server: Server, fields: str) -> socket.socket:
    """Send a part of a request, and nothing more."""
    host, _, port = server.bind.rpartition(":")
    client = socket.create_connection((host, int(port)), serve.PATIENCE)
    client.sendall(f"POST /api/v1/todos HTTP/1.1\r\nHost: {server.bind}\r\n{fields}".encode())
    return client


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param("X-API-Key: ", b"", id="in its head"),
        pytest.param(
            'Content-Type: application/json\r\nContent-Length: 17\r\nX-API-Key: {key}\r\n\r\n{{"ti',
            b"HTTP/1.1 400 ",
            id="in its body",
        ),
        pytest.param(
            "Content-Type: application/json\r\nContent-Length: 40\r\nX-API-Key: {key}\r\n\r\n"
            '{{"title":"Part of a body"}}',
            b"HTTP/1.1 400 ",
            id="in its body, which makes sense so far",
        ),
    ],
)
def test_a_client_that_falls_silent_is_let_go_of(server: Server, fields: str, told: bytes) -> None:
    part = fields.format(key=server.key)
    with ExitStack() as stack:
        silent = [stack.enter_context(closing(begin(server, part))) for _ in range(2 * THREADS)]
        assert server.call("GET", "/api/v1/me").status == 200
        for client in silent:
            assert client.recv(13) == told
    assert "Traceback" not in server.log.read_text()
