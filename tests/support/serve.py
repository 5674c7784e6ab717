"""The service as it runs in production: Gunicorn and the commands, in processes of their own."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from todoapp.settings import ROOT

BIN = Path(sys.executable).parent
#: No start, stop or answer takes longer on the slowest machine that we test on.
PATIENCE = 30.0
KEY = re.compile(r"todo_[A-Za-z0-9]{8}_[A-Za-z0-9]{43}")


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment(data_dir: Path, **chosen: str) -> dict[str, str]:
    """Return the environment of a service that keeps its data in `data_dir`."""
    outside = {name: value for name, value in os.environ.items() if "TODOAPP" not in name}
    return outside | {
        "TODOAPP_DATA_DIR": str(data_dir),
        "TODOAPP_BIND": f"127.0.0.1:{free_port()}",
        "TODOAPP_SQLITE_SYNCHRONOUS": "normal",
        "TODOAPP_RATE_LIMIT": "100000000/60",  # on, and in nobody's way
        "TODOAPP_WORKER": "false",  # it has tests of its own
        **{f"TODOAPP_{name.upper()}": value for name, value in chosen.items()},
    }


def run(
    *command: str, env: dict[str, str], stdin: str = "", cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command of .venv/bin to its end."""
    program = [str(BIN / command[0]), *command[1:]]
    return subprocess.run(
        program,
        env=env,
        input=stdin,
        cwd=cwd,
        text=True,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def start(*command: str, env: dict[str, str]) -> "subprocess.Popen[str]":
    """Start a command of .venv/bin and go on."""
    pipe = subprocess.PIPE
    program = [str(BIN / command[0]), *command[1:]]
    return subprocess.Popen(program, env=env, cwd=ROOT, text=True, stdout=pipe, stderr=pipe)


def todo(*arguments: str, env: dict[str, str], stdin: str = "") -> Any:
    """Run `flask todo …` to its end."""
    return run("flask", "todo", *arguments, env=env, stdin=stdin)


def one_sentence(finished: "subprocess.CompletedProcess[str]") -> str:
    """Assert that a command failed and said why in one line; return the line."""
    assert finished.returncode not in (0, None)
    assert "Traceback" not in finished.stdout + finished.stderr
    lines = finished.stderr.strip().splitlines()
    assert len(lines) == 1, finished.stderr
    return lines[0]


def wait_until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Return the first true value of `condition`; fail when it does not come."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


@dataclass
class Server:
    """A running one. Its log, and whatever else it says, is in the file `log`."""

    process: "subprocess.Popen[bytes]"
    env: dict[str, str]
    log: Path
    key: str = ""

    @property
    def bind(self) -> str:
        return self.env["TODOAPP_BIND"]

    def connection(self) -> http.client.HTTPConnection:
        host, _, port = self.bind.rpartition(":")
        return http.client.HTTPConnection(host, int(port), timeout=PATIENCE)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request on a connection of its own; `headers` have _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            sent.setdefault("X-API-Key", self.key)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = self.connection()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"it ended:\n{self.log.read_text()}"
        try:
            return self.call("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """End it and return its exit status; kill what does not go by itself."""
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE)


@contextmanager
def started(
    *command: str, env: dict[str, str], log: Path, cwd: Path = ROOT, ready: bool = True
) -> Iterator[Server]:
    """Run a server, wait until it can work, and leave nothing of it behind."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env=env, cwd=cwd, stdout=file, stderr=file, start_new_session=True
        )
    server = Server(process, env, log)
    try:
        if ready:
            wait_until(server.is_ready, "the server")
        yield server
    finally:
        try:
            os.killpg(process.pid, signal.SIGTERM if process.poll() is None else signal.SIGKILL)
            process.wait(PATIENCE)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


@contextmanager
def gunicorn(data_dir: Path, *, added: str = "", **chosen: str) -> Iterator[Server]:
    """Set a service up and serve it by gunicorn.conf.py; its key is the first administrator's.

    `added` are lines that follow at its end, in a copy.
    """
    env = environment(data_dir, **chosen)
    made = todo("init", env=env)
    assert made.returncode == 0, made.stderr
    command = [str(BIN / "gunicorn")]
    if added:
        config = data_dir / "gunicorn.conf.py"
        config.write_text((ROOT / "gunicorn.conf.py").read_text() + added)
        command.append(f"--config={config}")
    with started(*command, env=env, log=data_dir / "server.log") as server:
        key = KEY.search(made.stdout)
        assert key, made.stdout
        server.key = key[0]
        yield server
