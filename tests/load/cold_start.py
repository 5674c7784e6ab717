"""How long the application takes to be there, in a process that has imported nothing yet."""

import subprocess
import sys

from tests.load.servers import clean_environ
from todoapp.settings import ROOT

_PROGRAM = """
import time
started = time.perf_counter()
import wsgi
print(time.perf_counter() - started)
"""


def cold_start_seconds(folder: str) -> float:
    """Return how long importing and building took, the interpreter's own start left out.

    `folder` is for the data and for the bytecode: the first start in it is slower, once.
    """
    environ = clean_environ() | {"TODOAPP_DATA_DIR": folder, "PYTHONPYCACHEPREFIX": folder}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
