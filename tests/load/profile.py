"""`make profile`: what each part of a request takes, in this process, without a server.

    make profile ARGS="--engine sqlite"

docs/performance.md says how to read it; a run on both engines writes its tables there.
"""

import argparse
import io
import logging
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response
from flask.ctx import RequestContext

from tests.load import empty
from tests.load.calls import BASELINE, ONE, PAGE, POST, Call
from tests.load.databases import ENGINES
from tests.load.probes import Place, Probes
from tests.load.report import DOCUMENT, markdown, put_between_markers
from tests.load.stage import Stage, calls, stage
from todoapp import db as database
from todoapp.api import answers, operation, todos
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import forget_connections
from todoapp.prepared import Prepared
from todoapp.services import authentication, changes, todo_drafts, todo_pages
from todoapp.settings import Settings
from todoapp.web import context, meter_files, page_tokens, rate_limits

#: How often each call is made, in turns with and without probes.
_TIMES = {BASELINE: 2000, ONE: 2000, PAGE: 1000, POST: 500}
_TURNS = 10

_REST = "Flask and the rest"
_PLAIN = "the whole call, not taken apart"
#: The functions that Flask calls around each request, by their modules.
_AROUND = {
    "todoapp.web.context": "id, host name, time",
    "todoapp.web.hosts": "id, host name, time",
    "todoapp.web.headers": "headers for browsers",
    "todoapp.web.rate_limits": "limit of requests",
    "todoapp.web.metrics": "metrics",
}
_PLACES: dict[str, list[Place]] = {
    "routing": [(RequestContext, "match_request")],
    "identification": [(operation, "identify")],
    "look-up of the key": [(authentication._KEY, "all")],
    "limit of requests": [(rate_limits, "count_actor")],
    "query string": [(operation, "_query")],
    "page: filters, order, tokens": [
        (todo_pages, "page"),
        (page_tokens, "read"),
        (page_tokens, "next_page"),
    ],
    "the select": [(Prepared, "all")],
    "body read": [(operation, "json_body")],
    "body checked": [(todo_drafts.Drafts, "put")],
    "row written": [(todo_drafts.Drafts, "add")],
    "change log": [(changes, "record")],
    "commit": [(database, "_commit")],
    "session closed": [(database.db.session, "remove")],
    "rows to JSON": [
        (todo_pages, "fetch"),
        (todos, "todos_json"),
        (answers, "todo_dict"),
        (answers, "write_json"),
    ],
    "answer built and given to WSGI": [(answers, "answer"), (Response, "__call__")],
    "id, host name, time": [],
    "headers for browsers": [],
    "metrics": [],
    "log line": [(context, "log_request"), (context, "_facts")],
}


def main() -> None:
    """Measure, print, and write down."""
    parser = argparse.ArgumentParser(prog="make profile", description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=ENGINES, help="default: both, one after the other")
    engine = parser.parse_args().engine
    parts = [f"{utcnow():%Y-%m-%d}, Python {platform.python_version()}."]
    for each in [engine] if engine else ENGINES:
        with stage(each) as here:
            parts.append(f"### {ENGINES[each]}\n\n{table(profiled(here))}")
        print(f"\n{parts[-1]}", flush=True)
    if not engine:
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(put_between_markers(document, "\n\n".join(parts), "profile"), "utf-8")
        print("\nWritten to docs/performance.md.")


def profiled(here: Stage, times: dict[str, int] = _TIMES) -> dict[str, dict[str, float]]:
    """Return the microseconds of each part, by call; what no part has is `_REST`."""
    meter_files.take(here.folder, 1)  # as a worker does
    app = create_app(Settings.from_environment(here.environ))
    found = {}
    with _logging_to(here):
        for call in [Call(BASELINE, "http://127.0.0.1/"), *_calls(here)]:
            subject = empty.app if call.name == BASELINE else app
            found[call.name] = _parts(subject, call, times[call.name])
    with app.app_context():
        forget_connections()
    return found


def _calls(here: Stage) -> list[Call]:
    return calls("http://127.0.0.1/api/v1/todos", here.seeded)


@contextmanager
def _logging_to(here: Stage) -> Iterator[None]:
    """Send the log into a file, as a server does."""
    handler: Any = logging.getLogger("todoapp").handlers[0]
    with (here.folder / "profile.log").open("w") as log:
        before = handler.setStream(log)
        try:
            yield
        finally:
            handler.setStream(before)


def _parts(app: Flask, call: Call, times: int) -> dict[str, float]:
    """Return the median of each part: what else the machine does falls upon few requests."""
    probes, plain, spent = Probes(), [], []
    _seconds(app, call)
    for _ in range(_TURNS):
        plain += [_seconds(app, call) for _ in range(times // _TURNS)]
        with probes.placed(_PLACES), _around(app, probes):
            spent += [_spent(app, call, probes) for _ in range(times // _TURNS)]
    parts = {part: median(one.get(part, 0) for one in spent) for part in (_REST, *_PLACES)}
    return parts | {_PLAIN: median(plain) * 1e6}


def _spent(app: Flask, call: Call, probes: Probes) -> dict[str, float]:
    whole = _seconds(app, call) * 1e6
    parts = {part: nanoseconds / 1000 for part, nanoseconds in probes.take().items()}
    return parts | {_REST: whole - sum(parts.values())}


@contextmanager
def _around(app: Flask, probes: Probes) -> Iterator[None]:
    """Time the functions that Flask calls before and after each request."""
    kept = []
    for functions in (app.before_request_funcs, app.after_request_funcs):
        some: list[Any] = functions.get(None, [])
        kept.append((some, some[:]))
        some[:] = [_timed(probes, function) for function in some]
    try:
        yield
    finally:
        for some, before in kept:
            some[:] = before


def _timed(probes: Probes, function: Any) -> Any:
    inner = function.func if isinstance(function, partial) else function
    part = _AROUND.get(inner.__module__)
    return probes.timed(part, function) if part else function


def _seconds(app: Flask, call: Call) -> float:
    """Return how long the application took for one request, as a server would call it."""
    environ, statuses = _environ(call), []
    started = time.perf_counter()
    body: Any = app(environ, lambda status, _headers, _error=None: statuses.append(status))
    b"".join(body)
    with suppress(AttributeError):
        body.close()
    took = time.perf_counter() - started
    if not statuses[0].startswith("2"):
        sys.exit(f"{call.name}: {statuses[0]}")
    return took


def _environ(call: Call) -> dict[str, Any]:
    headers = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in call.headers.items()}
    return {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": urlsplit(call.url).path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_TYPE": headers.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(call.body)) if call.body else "",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(call.body.encode()),
        "wsgi.errors": sys.stderr,
        **headers,
    }


def table(found: dict[str, dict[str, float]]) -> str:
    """Return the table: a part in each line, a call in each column."""
    rows = [
        [part, *(_shown(parts[part]) for parts in found.values())] for part in (_REST, *_PLACES)
    ]
    whole = [_PLAIN, *(_shown(parts[_PLAIN]) for parts in found.values())]
    return markdown(["µs", *found], [row for row in [*rows, whole] if any(row[1:])])


def _shown(microseconds: float) -> str:
    return f"{microseconds:.0f}" if microseconds >= 0.5 else ""


if __name__ == "__main__":
    main()
