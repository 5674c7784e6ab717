"""Several instances behind nginx are one service to their clients."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import pytest

from tests.deploy.conftest import Topology
from tests.support import serve
from tests.support.serve import Answer, Server
from todoapp.jobs.kinds import KINDS
from todoapp.settings import ROOT

HEAD = "POST /api/v1/todos HTTP/1.1\r\nContent-Type: application/json\r\n"


def lines(server: Server) -> list[dict[str, Any]]:
    """Return what an instance has logged."""
    log = server.log.read_text()
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def logged(topology: Topology, request_id: str) -> dict[str, Any]:
    """Return the one line about a request, of whichever instance had it."""

    def find() -> list[dict[str, Any]]:
        told = [line for server in topology.instances.values() for line in lines(server)]
        return [line for line in told if line.get("request_id") == request_id]

    [line] = serve.wait_until(find, "the line in a log")
    return dict(line)


def in_proxy_log(topology: Topology, request_id: str) -> dict[str, Any]:
    """Return the proxy's line about a request, which it writes after it has answered."""
    log = topology.folder / "nginx" / "access.log"

    def find() -> list[dict[str, Any]]:
        told = [json.loads(line) for line in log.read_text().splitlines()]
        return [line for line in told if line["request_id"] == request_id]

    [line] = serve.wait_until(find, "the line in the proxy's log")
    return dict(line)


@pytest.fixture
def long_todo(topology: Topology) -> dict[str, Any]:
    """One that is long enough to be compressed."""
    body = {"title": "Long", "description": "All work and no play. " * 200}
    made: dict[str, Any] = topology.proxy.call("POST", "/api/v1/todos", body).json
    return made


def test_all_instances_answer_and_see_what_any_of_them_wrote(topology: Topology) -> None:
    made = topology.proxy.call("POST", "/api/v1/todos", {"title": "Buy milk"})
    assert made.status == 201
    path = f"/api/v1/todos/{made.json['id']}"
    assert made.json["url"] == f"http://{topology.proxy.bind}{path}"
    for number in range(6):
        assert topology.proxy.call("GET", path, X_Request_ID=f"see-{number}").json == made.json
    for server in topology.instances.values():
        seen = [line for line in lines(server) if line.get("request_id", "").startswith("see-")]
        assert len(seen) == 3


def test_a_client_cannot_choose_its_address_or_its_scheme(topology: Topology) -> None:
    answer = topology.proxy.call(
        "GET",
        "/api/v1",
        X_Request_ID="forged",
        X_Forwarded_For="203.0.113.9, 198.51.100.7",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.example",
        X_Real_IP="203.0.113.9",
        Forwarded="for=203.0.113.9;proto=https",
    )
    assert answer.json["todos_url"] == f"http://{topology.proxy.bind}/api/v1/todos"
    assert logged(topology, "forged")["address"] == "127.0.0.1"


def test_a_request_has_one_id_in_all_logs(topology: Topology) -> None:
    def told(**headers: str) -> str:
        answer = topology.proxy.call("GET", "/livez", **headers)
        return str(answer.headers["X-Request-ID"])

    given, replaced = told(X_Request_ID="mine"), told(X_Request_ID='x"}')
    assert given == "mine"
    assert replaced != 'x"}'
    for request_id in (told(), given, replaced):
        assert in_proxy_log(topology, request_id)["path"] == "/livez"
        assert logged(topology, request_id)["route"] == "/livez"


def test_no_query_string_is_logged(topology: Topology) -> None:
    topology.proxy.call("GET", "/api/v1/todos?q=hunter2", X_Request_ID="asked")
    assert "hunter2" not in str(in_proxy_log(topology, "asked"))


def test_versions_survive_compression(topology: Topology, long_todo: dict[str, Any]) -> None:
    """The proxy makes tags weak; what comes back still guards against lost updates."""
    path = f"/api/v1/todos/{long_todo['id']}"
    got = topology.proxy.call("GET", path, Accept_Encoding="gzip")
    assert got.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in got.headers["Vary"]
    assert json.loads(gzip.decompress(got.body)) == long_todo
    tag = got.headers["ETag"]
    assert tag.startswith("W/")
    assert topology.proxy.call("GET", path, If_None_Match=tag).status == 304
    change = {"title": "Changed"}
    assert topology.proxy.call("PATCH", path, change, If_Match=tag).status == 200
    assert topology.proxy.call("PATCH", path, change, If_Match=tag).status == 412


def test_an_export_arrives_whole(topology: Topology, long_todo: dict[str, Any]) -> None:
    for encoding in ("identity", "gzip"):
        answer = topology.proxy.call("GET", "/api/v1/todos/export", Accept_Encoding=encoding)
        body = answer.body if encoding == "identity" else gzip.decompress(answer.body)
        assert long_todo["uid"] in body.decode()


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 20 * 1024 * 1024])
def test_too_large_a_body_is_refused_as_the_service_does(topology: Topology, size: int) -> None:
    refused = [begun(server, size) for server in (topology.proxy, topology.instances["one"])]
    assert [answer.status for answer in refused] == [413, 413]
    told, meant = (answer.json for answer in refused)
    assert refused[0].headers["Content-Type"] == "application/problem+json"
    assert {name: told[name] for name in ("title", "status", "code")}.items() <= meant.items()
    assert meant["type"].endswith(told["type"])


def begun(server: Server, size: int) -> Answer:
    """Announce a body, and return what is said to that."""
    with closing(connected(server)) as client:
        fields = f"Host: {server.bind}\r\nX-API-Key: {server.key}\r\nContent-Length: {size}"
        client.sendall(f"{HEAD}{fields}\r\n\r\n".encode())
        response = http.client.HTTPResponse(client)
        response.begin()
        return Answer(response.status, response.headers, response.read())


def test_slow_clients_hold_no_thread_of_the_service(topology: Topology) -> None:
    """More of them than there are threads, each in the middle of its body."""
    fields = f"Host: {topology.proxy.bind}\r\nX-Request-ID: slow\r\nContent-Length: 17\r\n\r\n"
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(connected(topology.proxy))) for _ in range(60)]
        for client in slow:
            client.sendall(f'{HEAD}X-API-Key: {topology.key}\r\n{fields}{{"title":'.encode())
        for _ in range(20):
            assert topology.proxy.call("GET", "/api/v1/me").status == 200
        for server in topology.instances.values():
            assert not [line for line in lines(server) if line.get("request_id") == "slow"]
        slow[0].sendall(b'"slow" }')
        assert slow[0].recv(65536).startswith(b"HTTP/1.1 201 ")


def connected(server: Server) -> socket.socket:
    host, _, port = server.bind.rpartition(":")
    return socket.create_connection((host, int(port)), serve.PATIENCE)


def test_requests_are_counted_by_all_instances_together(topology: Topology) -> None:
    def left() -> int:
        told = topology.proxy.call("GET", "/api/v1/me").headers["RateLimit"]
        return int(re.search(r"r=(\d+)", told)[1])  # type: ignore[index]

    counted = [left() for _ in range(6)]
    assert counted == list(range(counted[0], counted[0] - 6, -1))


def test_a_worker_beside_them_does_what_nobody_waits_for(topology: Topology) -> None:
    """Started as compose.yaml does: the instances do not work in the background themselves."""
    env = topology.instances["one"].env
    wanted = ("--name", "jobs", "--scopes", "admin")
    key = serve.todo("create-key", "admin", *wanted, env=env).stdout.strip()

    def done() -> Any:
        answer = topology.proxy.call("GET", "/api/v1/jobs?state=done", X_API_Key=key)
        return sorted(job["kind"] for job in answer.json["jobs"])

    assert done() == []
    entrypoint = str(ROOT / "docker" / "entrypoint.sh")
    command = ["/bin/sh", entrypoint, "flask", "todo", "worker"]
    path = {"PATH": f"{serve.BIN}:{env['PATH']}"}
    log = topology.folder / "worker.log"
    with serve.started(*command, env=env | path, log=log, ready=False) as worker:
        by_default = sorted(KINDS.keys() - {"backup"})
        serve.wait_until(lambda: done() == by_default, "every periodic job to be done once")
        assert worker.stop() == 0


def test_the_loss_of_an_instance_fails_no_read_and_that_of_all_is_told(topology: Topology) -> None:
    def read(_: int) -> int:
        return topology.proxy.call("GET", "/api/v1/todos").status

    def lose(name: str) -> None:
        os.killpg(topology.instances[name].process.pid, signal.SIGKILL)

    with ThreadPoolExecutor(4) as pool:
        reads = [pool.submit(read, number) for number in range(120)]
        serve.wait_until(lambda: sum(one.done() for one in reads) > 20, "reads")
        lose("one")
        assert {one.result() for one in reads} == {200}
    assert topology.proxy.call("POST", "/api/v1/todos", {"title": "x"}).status == 201
    lose("two")
    answer = topology.proxy.call("GET", "/api/v1/todos")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json["code"] == "unavailable"
