"""Gunicorn, as gunicorn.conf.py sets it up: it serves, it logs, it refuses, it stops."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support import serve
from tests.support.serve import Server
from todoapp.settings import ROOT
from todoapp.web.listen import refusal

SOON = 10.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve.gunicorn(tmp_path_factory.mktemp("gunicorn")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """One that a test may stop."""
    with serve.gunicorn(tmp_path) as running:
        yield running


def lines(server: Server) -> list[dict[str, Any]]:
    """Return the lines of JSON in the log."""
    log = server.log.read_text()
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def logged(server: Server, request_id: str) -> dict[str, Any]:
    """Return the one line of the access log about a request."""

    def find() -> list[dict[str, Any]]:
        return [line for line in lines(server) if line.get("request_id") == request_id]

    [line] = serve.wait_until(find, "the line in the log")
    return dict(line)


def open_socket(server: Server) -> socket.socket:
    host, _, port = server.bind.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=serve.PATIENCE)


def raw(server: Server, request: bytes) -> bytes:
    """Send these bytes and return all that comes back."""
    with closing(open_socket(server)) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def head(server: Server, method: str, path: str, *more: str) -> bytes:
    """Return the head of a request that asks for the connection to be closed."""
    fields = [f"Host: {server.bind}", f"X-API-Key: {server.key}", "Connection: close", *more]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *fields, "", ""]).encode()


def test_it_serves_with_two_workers_of_four_threads(server: Server) -> None:
    made = server.call("POST", "/api/v1/todos", {"title": "Buy milk"})
    assert made.status == 201
    assert made.json["url"] == f"http://{server.bind}/api/v1/todos/{made.json['id']}"
    assert server.call("GET", made.json["url"].split(server.bind)[1]).json == made.json
    assert len(psutil.Process(server.process.pid).children()) == 2


def test_it_says_where_it_listens_and_how_to_get_a_key(server: Server) -> None:
    said = server.log.read_text()
    assert f"todoapp listens on http://{server.bind} " in said
    assert "flask todo create-key" in said
    assert not serve.KEY.search(said)


def test_behind_a_proxy_it_says_both_addresses(tmp_path: Path) -> None:
    with serve.gunicorn(tmp_path, public_url="https://todo.example.com") as server:
        said = server.log.read_text()
    assert f"todoapp listens on {server.bind}, for https://todo.example.com (" in said


def test_it_does_not_say_what_it_is_made_of(server: Server) -> None:
    assert server.call("GET", "/livez").headers["Server"] == "todoapp"


@pytest.mark.parametrize(
    "field",
    [
        "X-Forwarded-Proto: https",
        "X-Forwarded-Proto: http\r\nX-Forwarded-SSL: on",
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Host: evil.example",
        "SCRIPT_NAME: /elsewhere",
        "PATH_INFO: /problems",
        "X_Forwarded_Proto: https",
    ],
)
def test_what_a_client_on_the_same_host_claims_is_not_believed(server: Server, field: str) -> None:
    """ASVS 4.1.3."""
    answer = raw(server, head(server, "GET", "/api/v1", field))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Strict-Transport-Security" not in answer
    assert f'"http://{server.bind}/api/v1/todos'.encode() in answer


def test_nothing_is_measured_that_nobody_may_see(server: Server) -> None:
    assert server.call("GET", "/metrics").status == 404
    for worker in psutil.Process(server.process.pid).children():
        assert not [file for file in worker.open_files() if "metrics-" in file.path]


def test_trace_is_refused(server: Server) -> None:
    """ASVS 13.4.4."""
    answer = raw(server, head(server, "TRACE", "/livez", "X-Secret: echo"))
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"echo" not in answer


@pytest.mark.parametrize(
    "path", ["/.env", "/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "//etc/passwd", "/../wsgi.py"]
)
def test_no_file_is_served_that_is_not_meant_to_be(server: Server, path: str) -> None:
    """ASVS 13.4.7."""
    assert raw(server, head(server, "GET", path)).startswith(b"HTTP/1.1 404 ")


def test_behind_a_proxy_its_word_counts(tmp_path: Path) -> None:
    with serve.gunicorn(tmp_path, proxies="1") as server:
        answer = server.call(
            "GET",
            "/api/v1",
            X_Forwarded_Proto="https",
            X_Forwarded_For="10.0.0.1, 203.0.113.9",
            X_Request_ID="proxied",
        )
        assert answer.headers["Strict-Transport-Security"]
        assert answer.json["todos_url"].startswith(f"https://{server.bind}/")
        assert logged(server, "proxied")["address"] == "203.0.113.9"


def test_what_gunicorn_says_itself_is_a_line_of_json(server: Server) -> None:
    """Of what it could not read, without what it quotes: ASVS 16.2.5, 16.4.1."""
    raw(server, b'FORGED{"level":"info"} /?key=hunter3 \r\n\r\n')

    def said() -> list[dict[str, Any]]:
        return [line for line in lines(server) if line["logger"] == "gunicorn.error"]

    [line] = serve.wait_until(said, "its line in the log")
    assert (line["logger"], line["level"]) == ("gunicorn.error", "warning")
    assert line["message"] == "Invalid request from ip=127.0.0.1: Invalid HTTP method"
    log = server.log.read_text()
    assert "Logging error" not in log
    assert "FORGED" not in log
    assert "hunter3" not in log


def test_every_request_is_a_line_of_json_without_secrets(server: Server) -> None:
    answer = server.call(
        "POST", "/api/v1/todos?token=hunter2", {"title": "hunter2"}, X_Request_ID="log-1"
    )
    assert answer.headers["Request-Id"] == "log-1"
    line = logged(server, "log-1")
    assert (
        line.items()
        >= {
            "method": "POST",
            "path": "/api/v1/todos",
            "route": "/api/v1/todos",
            "status": 422,
            "user": "admin",
            "address": "127.0.0.1",
        }.items()
    )
    assert line["duration_ms"] > 0
    told = server.log.read_text()
    assert server.key not in told
    assert "hunter2" not in told


def test_nothing_that_is_sent_can_forge_a_line(server: Server) -> None:
    server.call("GET", "/%0A%7B%22status%22:200%7D", X_Request_ID="log-2")
    assert logged(server, "log-2")["path"] == '/\n{"status":200}'
    assert server.call("GET", "/livez", X_Request_ID='x"}{"y').headers["Request-Id"] != 'x"}{"y'


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n{}\r\n0\r\n\r\n", b"5\r\n{}\r\n0\r\n\r\n", b"ffffffffffffffff\r\n{}", b"-1\r\n{}\r\n"],
)
def test_a_malformed_chunked_body_is_a_bad_request(server: Server, body: bytes) -> None:
    fields = ("Content-Type: application/json", "Transfer-Encoding: chunked")
    answer = raw(server, head(server, "POST", "/api/v1/todos", *fields) + body)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert server.call("GET", "/readyz").status == 200


@pytest.mark.parametrize(
    ("request_line", "field"),
    [
        ("GET /" + "x" * 9000, "A: b"),
        ("GET /livez", "A: " + "b" * 9000),
        ("GET /livez", "\r\n".join(f"A{n}: b" for n in range(101))),
        ("GET /livez", "A b: c"),
        ("GET\0 /livez", "A: b"),
    ],
    ids=["long line", "long field", "many fields", "bad field", "bad line"],
)
def test_a_head_without_measure_is_refused(server: Server, request_line: str, field: str) -> None:
    request = f"{request_line} HTTP/1.1\r\nHost: {server.bind}\r\n{field}\r\n\r\n"
    status = int(raw(server, request.encode()).split()[1])
    assert 400 <= status < 500
    assert server.call("GET", "/readyz").status == 200


def test_the_use_of_a_key_is_written_after_the_answer(server: Server) -> None:
    env = server.env
    made = serve.todo("create-key", "admin", "--name", "x", "--scopes", "account", env=env)
    key = made.stdout.strip()
    assert server.call("GET", "/api/v1/me", X_API_Key=key).status == 200

    def used() -> str | None:
        keys = server.call("GET", "/api/v1/api-keys").json["api_keys"]
        last: str | None = {k["name"]: k["last_used_at"] for k in keys}["x"]
        return last

    assert serve.wait_until(used, "last_used_at").endswith("Z")


def test_a_port_that_is_taken_is_not_shared(server: Server, tmp_path: Path) -> None:
    env = serve.environment(tmp_path, bind=server.bind)
    sentence = serve.one_sentence(serve.run("gunicorn", env=env))
    assert sentence.startswith(f"todoapp: cannot listen on {server.bind}: ")
    assert server.call("GET", "/readyz").status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TODOAPP_WORKERS", "many"),
        ("TODOAPP_COLOUR", "red"),
        ("TODOAPP_SECRET_KEY", "short"),
        ("TODOAPP_DATA_DIR", "/dev/null/data"),
        ("TODOAPP_BIND", "localhost"),
    ],
)
def test_a_bad_setting_stops_the_start_in_one_sentence(
    tmp_path: Path, name: str, value: str
) -> None:
    finished = serve.run("gunicorn", env=serve.environment(tmp_path) | {name: value})
    assert serve.one_sentence(finished).startswith(f"todoapp: {name} ")


def test_what_is_imported_is_not_looked_through_for_garbage(tmp_path: Path) -> None:
    program = "import gc, wsgi; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "TODOAPP_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True", "True"]


def test_a_worker_is_stopped_before_it_listens_to_signals(tmp_path: Path) -> None:
    config, forked = tmp_path / "gunicorn.conf.py", tmp_path / "forked"
    config.write_text(
        (ROOT / "gunicorn.conf.py").read_text()
        + f"""
workers, graceful_timeout = 1, 300

def post_fork(server, worker):
    open({str(forked)!r}, "w").close()
    while signal.SIGTERM not in signal.sigpending():
        pass
"""
    )
    env = serve.environment(tmp_path)
    assert serve.todo("init", env=env).returncode == 0
    command = [str(serve.BIN / "gunicorn"), f"--config={config}"]
    with serve.started(*command, env=env, log=tmp_path / "log", ready=False) as server:
        serve.wait_until(forked.exists, "a worker")
        assert server.stop() == 0


def test_sigterm_finishes_what_is_in_flight(own_server: Server) -> None:
    """The head of a request has come, its body follows after the signal."""
    body = json.dumps({"title": "in flight"}).encode()
    fields = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    with closing(open_socket(own_server)) as connection:
        connection.sendall(head(own_server, "POST", "/api/v1/todos", *fields) + body[:5])
        for _ in range(8):  # each worker has come to what was sent before
            assert own_server.call("GET", "/readyz").status == 200
        own_server.process.send_signal(signal.SIGTERM)
        workers = psutil.Process(own_server.process.pid).children
        serve.wait_until(lambda: len(workers()) == 1, "the idle worker to end")
        serve.wait_until(lambda: refusal(own_server.bind) is None, "the port", SOON)
        connection.sendall(body[5:])
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert own_server.process.wait(SOON) == 0


def test_sigterm_under_load_loses_no_answered_write(own_server: Server) -> None:
    def write() -> list[int]:
        made = []
        try:
            while True:
                answer = own_server.call("POST", "/api/v1/todos", {"title": "under load"})
                assert answer.status == 201
                made.append(answer.json["id"])
        except OSError:
            return made

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        serve.wait_until(lambda: own_server.log.read_text().count('"status":201') > 20, "writes")
        started = time.monotonic()
        assert own_server.stop() == 0
        assert time.monotonic() - started < SOON
        made = [todo_id for writer in writers for todo_id in writer.result()]
    assert len(made) > 20
    told = own_server.log.read_text()
    assert '"level":"error"' not in told
    assert "Traceback" not in told
    command = [str(serve.BIN / "gunicorn")]
    with serve.started(*command, env=own_server.env, log=own_server.log) as again:
        again.key = own_server.key
        for todo_id in made:
            assert again.call("GET", f"/api/v1/todos/{todo_id}").status == 200


def test_workers_whose_master_was_killed_let_go_of_the_port(own_server: Server) -> None:
    """Though a client goes on calling on a connection that it keeps alive."""
    workers = psutil.Process(own_server.process.pid).children()
    with closing(own_server.connection()) as client:

        def call_and_look() -> bool:
            with suppress(OSError, http.client.HTTPException):
                client.request("GET", "/livez")
                client.getresponse().read()
            return refusal(own_server.bind) is None

        assert not call_and_look()
        own_server.stop(signal.SIGKILL)
        serve.wait_until(call_and_look, "the port", SOON)
        psutil.wait_procs(workers, SOON)
    assert not any(worker.is_running() for worker in workers)
