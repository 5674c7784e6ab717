"""`make load`: people at work, for ten minutes at 80 % of what the service can do.

    make load ARGS="--engine sqlite --minutes 1"

docs/performance.md says what is measured and why; a full run writes its figures there. It fails
where a request fails, and where memory or the time of answers grows.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import psutil

from tests.load import steadiness
from tests.load.crowd import LISTS, PEOPLE, Crowd, crowd
from tests.load.databases import DATABASE, ENGINES
from tests.load.report import DOCUMENT, Figures, put_between_markers
from tests.load.servers import Server, gunicorn
from tests.load.steadiness import Note, Sample
from todoapp.clock import utcnow
from todoapp.settings import ROOT

LOCUST = ROOT / ".venv-load" / "bin" / "locust"
#: So many clients, one number after the other, look for the capacity.
RAMPS = (4, 8, 16, 32)
#: So many share the load of the long run: one that waits for an answer holds the others up little.
CLIENTS = 48
SHARE = 0.8
#: Seconds in which the clients begin: they log in, which nobody does all the time.
_BEGIN = 8.0
_BETWEEN_SAMPLES = 2.0


def main() -> int:
    """Measure, print, write down; return the exit status."""
    options = _options()
    parts, missed = [_circumstances(options)], []
    print(parts[0], flush=True)
    for engine in [options.engine] if options.engine else ENGINES:
        found = _engine(engine, options)
        parts.append(f"### {ENGINES[engine]}, under load\n\n{found.text}")
        missed += found.missed
        print("\n".join(["", parts[-1], "", *(found.missed or ["Steady, and no error."])]))
    if options.engine or options.minutes < 10:
        print("\nOnly a full run is written down: docs/performance.md stays as it was.")
    else:
        document = DOCUMENT.read_text(encoding="utf-8")
        renewed = put_between_markers(document, "\n\n".join(parts), "load")
        DOCUMENT.write_text(renewed, encoding="utf-8")
        print("\nWritten to docs/performance.md.")
    return bool(missed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="default: 10")
    parser.add_argument("--ramp", type=float, default=15, help="seconds of each, default: 15")
    parser.add_argument("--todos", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--engine", choices=ENGINES, help="default: both, one after the other")
    return parser.parse_args()


def _circumstances(options: argparse.Namespace) -> str:
    return (
        f"{utcnow():%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, locust "
        f"on them as well; {options.todos:,} todos of {PEOPLE} people in {LISTS:,} lists; "
        f"{CLIENTS} clients for {options.minutes:g} minutes."
    )


def _engine(engine: str, options: argparse.Namespace) -> Figures:
    """Find the capacity of the service on `engine`, and load it with its share of that."""
    with crowd(engine, options.todos) as here, _served(here) as server:
        capacity = max(_ramp(here, server, clients, options.ramp) for clients in RAMPS)
        rate = SHARE * capacity
        notes, samples = _load(here, server, CLIENTS, rate, options.minutes * 60)
    length = min(60.0, options.minutes * 30)  # even the shortest run has two halves
    run = steadiness.figures(steadiness.minutes(notes, samples, length))
    told = f"Capacity {capacity:,.0f} requests/s; {SHARE:.0%} of it is {rate:,.0f}."
    early = [note for note in notes if note.wrong and note.at < samples[0].at]
    missed = [f"{len(early)} errors while the clients began: {early[0]}"] if early else []
    return Figures(f"{told}\n\n{run.text}", [*missed, *run.missed])


def _served(here: Crowd) -> AbstractContextManager[Server]:
    return gunicorn("wsgi:app", here.environ, here.folder / "server.log")


def _ramp(here: Crowd, server: Server, clients: int, seconds: float) -> float:
    """Return how many requests a second so many clients get answered, as fast as they can."""
    notes, samples = _load(here, server, clients, 0, seconds)
    wrong = [note for note in notes if note.wrong]
    if wrong:
        sys.exit(f"{len(wrong)} requests of {clients} clients failed, first {wrong[0]}")
    begin, end = samples[0].at, samples[-1].at
    rate = sum(begin <= note.at < end for note in notes) / (end - begin)
    print(f"{clients} clients: {rate:,.0f} requests/s", flush=True)
    return rate


def _load(
    here: Crowd, server: Server, clients: int, rate: float, seconds: float
) -> tuple[list[Note], list[Sample]]:
    """Load the service; return every request, and the workers at moments after the beginning."""
    noted = here.folder / "notes"
    # The last sample is to come after the end of the last minute.
    lasts = _BEGIN + seconds + 2 * _BETWEEN_SAMPLES
    process = _locust(here.people, noted, server.url, clients, rate, lasts)
    time.sleep(_BEGIN)
    samples = []
    while process.poll() is None:
        taken = (server.memory_bytes(), server.cpu_us(), _postgresql_cpu_us())
        samples.append(Sample(time.time(), *taken))
        time.sleep(_BETWEEN_SAMPLES)
    if process.returncode:
        sys.exit(f"locust ended with {process.returncode}.")
    with noted.open(encoding="utf-8") as lines:
        return steadiness.read(lines), samples


def _postgresql_cpu_us() -> float:
    """Return the CPU time of PostgreSQL's sessions of the service, in microseconds."""
    mark = f" {DATABASE} "
    total = 0.0
    for process in psutil.process_iter(["cmdline", "cpu_times"]):
        title, times = " ".join(process.info["cmdline"] or ()), process.info["cpu_times"]
        if title.startswith("postgres:") and mark in title:
            total += times.user + times.system
    return total * 1e6


def _locust(
    people: Path, noted: Path, url: str, clients: int, rate: float, seconds: float
) -> "subprocess.Popen[bytes]":
    """Start the clients; `rate` is that of all together, 0: as fast as they can."""
    environ = {
        "CROWD_PEOPLE": str(people),
        "CROWD_NOTES": str(noted),
        "CROWD_RATE": str(rate / clients),
    }
    number = str(clients)
    command = [
        *(str(LOCUST), "-f", str(ROOT / "tests" / "load" / "locustfile.py"), "--headless"),
        *("--host", url, "-u", number, "-r", number, "-t", f"{seconds:.0f}s"),
        *("--skip-log-setup", "--only-summary", "--exit-code-on-error", "0"),
    ]
    return subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=None
    )


if __name__ == "__main__":
    sys.exit(main())
