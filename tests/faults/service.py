"""The service as a service manager runs it, and ways to kill it that it cannot prepare for."""

import http.client
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.faults import answers
from tests.support import serve
from todoapp.settings import ROOT

#: What docs/operations.md gives to service managers.
COMMAND = f"{serve.BIN}/flask todo init && exec {serve.BIN}/gunicorn"
#: The service is back so soon after a kill, in seconds, or it is not back.
SOON = 15.0
#: A client waits so long for an answer, in seconds; without one by then, the service hangs.
CLIENT_WAITS = 10.0


@dataclass
class Service:
    """A running one on `env`; all that it says, through every restart, is in the file `log`."""

    env: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes]" = field(init=False)
    #: Starts that were refused, because workers of a dead master still held the port.
    refused: int = 0
    #: How long each return to service took, in seconds.
    returns: list[float] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return the first key, which the first start has said."""
        found = serve.KEY.search(self.log.read_text())
        assert found
        return found[0]

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection to it, which the first request opens."""
        host, _, port = self.env["TODOAPP_BIND"].rpartition(":")
        return http.client.HTTPConnection(host, int(port), timeout=CLIENT_WAITS)

    def status_of(self, path: str, **headers: str) -> int:
        """Return the status of a GET on a connection of its own; `headers` have _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self.connection()) as connection:
            connection.request("GET", path, headers=sent)
            with connection.getresponse() as response:
                answers.body_of(response, path)
                return response.status

    def workers(self) -> list[psutil.Process]:
        """Return the workers that the master has now."""
        return psutil.Process(self.process.pid).children()

    def start(self) -> None:
        """Start it, and again when it ends by itself, as a service manager does."""
        deadline = time.monotonic() + SOON
        while not self._stays():
            assert time.monotonic() < deadline, f"it does not start:\n{self._last_words()}"
            self.refused += 1
            time.sleep(0.2)

    def _stays(self) -> bool:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", COMMAND],
                env=self.env,
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        ended = self.process.poll
        serve.wait_until(lambda: ended() is not None or self._is_whole(), "the start", SOON)
        return ended() is None

    def _last_words(self) -> str:
        return self.log.read_text()[-2000:]

    def lose_a_worker(self) -> None:
        """Kill one of the workers; the master replaces it."""
        self._lose([random.choice(self.workers())])

    def lose_workers(self) -> None:
        """Kill every worker; the master replaces them."""
        self._lose(self.workers())

    def _lose(self, workers: list[psutil.Process]) -> None:
        with self._coming_back():
            for worker in workers:
                worker.kill()
            psutil.wait_procs(workers, SOON)

    def lose_master(self) -> None:
        """Kill the master; its workers go by themselves, and it is started again."""
        orphans = self.workers()
        with self._coming_back():
            self.process.kill()
            self.process.wait()
            self.start()
        _, lingering = psutil.wait_procs(orphans, SOON)
        assert not lingering

    def lose_all(self) -> None:
        """Kill all of it at one blow, and start it again."""
        with self._coming_back():
            self.kill_group()
            self.start()

    def kill_group(self) -> None:
        """Kill the master and its workers."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End it in an orderly way; return its exit status."""
        self.process.terminate()
        return self.process.wait(serve.PATIENCE)

    @contextmanager
    def _coming_back(self) -> Iterator[None]:
        """Time how long it takes until all workers are there again and one is ready."""
        killed = time.monotonic()
        yield
        serve.wait_until(self._is_whole, "the service", SOON)
        self.returns.append(time.monotonic() - killed)

    def _is_whole(self) -> bool:
        try:
            whole = len(self.workers()) == int(self.env["TODOAPP_WORKERS"])
            return whole and self.status_of("/readyz") == 200
        except (psutil.NoSuchProcess, OSError, http.client.HTTPException):
            return False


@contextmanager
def running(env: dict[str, str], log: Path) -> Iterator[Service]:
    """Run the service, and leave nothing of it behind."""
    service = Service(env, log)
    service.start()
    try:
        yield service
    finally:
        with suppress(ProcessLookupError):
            service.kill_group()
