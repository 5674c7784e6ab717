"""A worker that knows one kind of job, which stops in the middle until a line comes.

Run as a module: it says `in the middle` when the job has written, and is yet to commit.
"""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from todoapp.app import create_app
from todoapp.jobs.kinds import KINDS, Kind
from todoapp.jobs.worker import Worker
from todoapp.services import jobs

PROBE, EFFECT = "probe", "effect"


def _run(payload: Mapping[str, Any], at: datetime) -> bool:
    jobs.enqueue(EFFECT, payload, at=at)
    print("in the middle", flush=True)
    sys.stdin.readline()
    return False


if __name__ == "__main__":
    KINDS.clear()
    KINDS[PROBE] = Kind(_run)
    app = create_app()
    with app.app_context():
        Worker(app).run()
