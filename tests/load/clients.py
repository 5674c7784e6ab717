"""Who calls: wrk where it is installed, else a slower client of our own.

Ours takes much of the processors that it shares with the server, so its ratios come out milder
than wrk's: compare figures of the same client only.
"""

import http.client
import multiprocessing
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlsplit

from tests.load.calls import CONNECTIONS, Call, Run

#: Sends a call for some seconds.
Client = Callable[[Call, float], Run]

_SCRIPT = Path(__file__).with_name("wrk.lua")
_TIMEOUT = 10


@contextmanager
def best_client() -> Iterator[tuple[str, Client]]:
    """Yield the name of the best client that there is, and the client."""
    if shutil.which("wrk"):
        yield "wrk", run_wrk
        return
    with multiprocessing.get_context("fork").Pool(CONNECTIONS) as pool:
        yield "http.client", partial(_run_processes, pool.map)


def run_wrk(call: Call, seconds: float) -> Run:
    """Send `call` with wrk."""
    headers = [part for name, value in call.headers.items() for part in ("-H", f"{name}: {value}")]
    options = [f"-c{CONNECTIONS}", "-t1", f"-d{max(1, round(seconds))}s", f"--timeout={_TIMEOUT}s"]
    command = ["wrk", *options, *headers, f"-s{_SCRIPT}", call.url, "--", call.method, call.body]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return parse_wrk(done.stdout)


def parse_wrk(output: str) -> Run:
    """Return the figures that wrk.lua has printed last. Raises ValueError if there are none."""
    found = re.search(r"^figures (.+)$", output, re.MULTILINE)
    if found is None:
        raise ValueError(f"wrk printed no figures: {output!r}")
    figures = dict(pair.split("=") for pair in found[1].split())
    return Run(
        requests=int(figures["requests"]),
        errors=int(figures["errors"]),
        seconds=float(figures["seconds"]),
        p50_ms=float(figures["p50_ms"]),
        p99_ms=float(figures["p99_ms"]),
    )


def send(calls: Sequence[Call], count: int) -> None:
    """Send `count` requests, each connection all of `calls` in turns; for filling caches."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for _ in pool.map(partial(_send_some, calls), [count // CONNECTIONS] * CONNECTIONS):
            pass


def _send_some(calls: Sequence[Call], count: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(calls[0].url).netloc, timeout=_TIMEOUT)
    for call in islice(cycle(calls), count):
        _call_once(connection, call, urlsplit(call.url).path)
    connection.close()


def _run_processes(spread: Callable[..., list[list[float]]], call: Call, seconds: float) -> Run:
    started = time.perf_counter()
    answered = spread(partial(_call_until, call), [seconds] * CONNECTIONS, 1)
    return summarise([ms for mine in answered for ms in mine], time.perf_counter() - started)


def summarise(milliseconds: list[float], seconds: float) -> Run:
    """Return the run whose answers took `milliseconds`, an error being infinitely late."""
    errors = milliseconds.count(float("inf"))
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return Run(len(milliseconds), errors, seconds, cuts[49], cuts[98])


def _call_until(call: Call, seconds: float) -> list[float]:
    """Return how many milliseconds each answer took, as one client of several."""
    parts = urlsplit(call.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT)
    deadline = time.perf_counter() + seconds
    taken: list[float] = []
    while (started := time.perf_counter()) < deadline:
        answered = _call_once(connection, call, f"{parts.path}?{parts.query}")
        taken.append((time.perf_counter() - started) * 1000 if answered else float("inf"))
    connection.close()
    return taken


def _call_once(connection: http.client.HTTPConnection, call: Call, target: str) -> bool:
    try:
        connection.request(call.method, target, call.body or None, call.headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
    return response.status < 400
