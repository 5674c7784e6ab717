"""What every request has: an id, a start, a line in the log, and the headers that say so."""

import re
import time
from random import getrandbits
from typing import Any

from flask import Flask, Request, Response, g, has_app_context, request

from todoapp.db import Origin, current_unit
from todoapp.limits import USER_AGENT_MAX
from todoapp.services.access import Actor
from todoapp.tally import tally
from todoapp.web.current import app_context, request_context
from todoapp.web.log import hide, log_request

#: It gets into the log, so no key will do.
_SANE_ID = re.compile(r"(?!todo_)[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)


def install(app: Flask) -> None:
    """Time and name every request of `app`, and log it."""
    app.before_request(_begin)
    app.after_request(_finish)


def request_id() -> str:
    """Return the id of this request: the client's own, if it is a sane one."""
    return str(g.request_id)


def present_id() -> str | None:
    """Return the id of the request under way; None: there is none."""
    return g.get("request_id") if has_app_context() else None


def origin() -> Origin:
    """Return where this request comes from, fit to be stored."""
    agent = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))
    return Origin(request_id(), request.remote_addr, agent[:USER_AGENT_MAX] or None)


def change_id() -> int | None:
    """Return the first change that this request has recorded; None: it has recorded none."""
    return current_unit().change_id


def _begin() -> None:
    own = app_context().g
    own.started = time.perf_counter()
    tally.begin()
    given = request_context().request.environ.get("HTTP_X_REQUEST_ID")
    is_sane = given and _SANE_ID.fullmatch(given)
    # Unlike secrets, random does not ask the kernel, and nobody gains from guessing an id.
    own.request_id = given if is_sane else f"{getrandbits(128):032x}"


def _finish(response: Response) -> Response:
    own = app_context().g
    milliseconds = (time.perf_counter() - own.started) * 1000
    add = response.headers.add
    add("Request-Id", own.request_id)
    add("X-Request-ID", own.request_id)
    add("Server-Timing", f"app;dur={milliseconds:.1f}")
    log_request(_facts(request_context().request, own, response, milliseconds))
    return response


def _facts(request: Request, own: Any, response: Response, milliseconds: float) -> dict[str, Any]:
    """Return the log line: no query string, no header, no body, for these may hold secrets."""
    actor: Actor | None = own.get("actor")
    rule = request.url_rule
    return {
        "request_id": own.request_id,
        "method": request.method,
        "path": hide(request.path),
        "route": rule and rule.rule,
        "status": response.status_code,
        "duration_ms": round(milliseconds, 1),
        "sql_count": tally.statements,
        "sql_ms": round(tally.seconds * 1000, 2),
        "user_id": actor and actor.user_id,
        "user": actor and actor.username,
        "key_id": actor and actor.key_id,
        "session_id": actor and actor.session_id,
        "address": request.remote_addr,
    }
