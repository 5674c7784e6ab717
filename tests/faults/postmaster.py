"""A PostgreSQL server of a test's own, to stop, to start again, and to freeze."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from tests.support import postgres, serve


class Postmaster:
    """The server at `url`, by its first process."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            [data] = connection.execute("SHOW data_directory").fetchone() or [""]
        self._folder = Path(data)
        pid = int((self._folder / "postmaster.pid").read_text().split("\n")[0])
        self._process = psutil.Process(pid)
        self._command, self._environ = self._process.cmdline(), self._process.environ()

    def stop(self) -> None:
        """Stop it as `pg_ctl stop` does: it ends all sessions, and refuses new ones."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(serve.PATIENCE)

    def start(self) -> None:
        """Start it again."""
        with (self._folder / "log").open("ab") as log:
            self._process = psutil.Popen(
                self._command,
                env=self._environ,
                cwd=self._folder,
                user=self._folder.owner(),
                stdout=log,
                stderr=log,
            )

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hold its connections, take new ones, and answer nothing, for the block."""
        processes = [self._process, *self._process.children(recursive=True)]
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGCONT)


@contextmanager
def running() -> Iterator[Postmaster]:
    """Run one for the block."""
    with postgres.server() as url:
        server = Postmaster(url)
        yield server
        server.stop()
