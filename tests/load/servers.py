"""The servers under measurement: Gunicorn, configured as in production."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from todoapp.settings import PREFIX, ROOT

_START_SECONDS = 30
_STOP_SECONDS = 40
#: Workers that did next to nothing for so long have loaded the application, and wait for requests.
_REST_SECONDS = 0.5
#: Next to nothing: the clock of a process counts by hundredths, and each wakes up now and then.
_REST_US = 20_000


@dataclass(frozen=True)
class Server:
    """A running server, with its workers."""

    url: str
    master: psutil.Process

    def cpu_us(self) -> float:
        """Return the CPU time that the workers have had so far, in microseconds."""
        times = [worker.cpu_times() for worker in self.master.children()]
        return float(sum(t.user + t.system for t in times)) * 1e6

    def memory_bytes(self) -> int:
        """Return the memory that would be free without the workers."""
        return sum(worker.memory_full_info().uss for worker in self.master.children())


@contextmanager
def gunicorn(app: str, environ: dict[str, str], log: Path) -> Iterator[Server]:
    """Serve `app` (`module:name`) under the project's gunicorn.conf.py; it logs to `log`."""
    address = free_address()
    command = [sys.executable, "-m", "gunicorn", app]
    with serve(command, environ | {"TODOAPP_BIND": address}, address, log) as server:
        yield server


@contextmanager
def serve(
    command: Sequence[str], environ: dict[str, str], address: str, log: Path
) -> Iterator[Server]:
    """Run `command`, which listens on `address`, until the block ends."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environ() | environ,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Server(f"http://{address}", psutil.Process(process.pid))
        if not _comes_to_rest(server, process):
            sys.exit(f"The server did not start:\n{log.read_text()}")
        yield server
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def clean_environ() -> dict[str, str]:
    """Return the environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def free_address() -> str:
    """Return an address of this host that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _comes_to_rest(server: Server, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the server answers and all of its workers, not only the first, are ready."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        before = server.cpu_us()
        time.sleep(_REST_SECONDS)
        if before and server.cpu_us() - before <= _REST_US and _answers(server.url):
            return True
    return False


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=_START_SECONDS).close()
    except urllib.error.HTTPError:
        return True  # an answer too
    except OSError:
        return False
    return True
