"""The files in which Gunicorn's workers count for `/metrics`, each in its own.

They are in a new folder at each start, so counts begin at zero, and no server comes upon another's.
It is in memory, where there is a place for that: the files are mapped, and on a disk that is full
whoever counts would be killed by SIGBUS, one worker after the other.
A worker has a place, and who comes after it at that place goes on with its files. So counts never
go down, and the files do not become more, however often workers are replaced.
"""

import os
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder that is made there has a new name


def prepare(server: Any, worker: Any) -> None:
    """Give the worker, which is to be forked by the server (an Arbiter), a folder and a place."""
    if not hasattr(server, "meters"):
        where = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else None
        server.meters = Path(tempfile.mkdtemp(prefix="todoapp-metrics-", dir=where))
    taken = {getattr(other, "place", None) for other in server.WORKERS.values()}
    worker.place = next(place for place in count(1) if place not in taken)


def take(folder: Path, place: int) -> None:
    """Have this process count in the files of the place, before it makes its meters."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    from prometheus_client import values  # noqa: PLC0415

    values.ValueClass = values.MultiProcessValue(lambda: place)  # type: ignore[no-untyped-call]


def leave(server: Any, worker: Any) -> None:
    """Forget what was so only as long as the worker lived."""
    if hasattr(worker, "place"):
        for file in server.meters.glob(f"gauge_live*_{worker.place}.db"):
            file.unlink(missing_ok=True)


def end(server: Any) -> None:
    """Remove the files."""
    if hasattr(server, "meters"):
        shutil.rmtree(server.meters, ignore_errors=True)
