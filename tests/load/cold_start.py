"""How long the application takes to be there, in a process that has imported nothing yet."""

import subprocess
import sys

from tests.load.servers import clean_environ
from todoapp.settings import ROOT

_PROGRAM = """
import time
started = time.perf_counter()
from todoapp.app import create_app
create_app()
print(time.perf_counter() - started)
"""


def cold_start_seconds(data_dir: str) -> float:
    """Return how long importing and building took, the interpreter's own start left out."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=ROOT,
        env=clean_environ() | {"TODOAPP_DATA_DIR": data_dir},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
