"""Every error leaves here, in the shape of the face that was asked.

One table for the whole application, by path: handlers of a blueprint would never see errors of
routing. Under /api RFC 9457; the simple face `{"error": …}`; elsewhere HTML or a problem, as the
client prefers.
"""

import logging
from typing import Any

from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException

from todoapp.db import forget_connections
from todoapp.errors import (
    BadFilter,
    Conflict,
    DomainError,
    FieldError,
    Invalid,
    Stale,
    TooManyRequests,
    Unavailable,
)
from todoapp.schemas.todo_out import write_json
from todoapp.services.health import UNREACHABLE
from todoapp.web.context import request_id
from todoapp.web.failures import remember
from todoapp.web.hosts import base_url
from todoapp.web.problem_kinds import KINDS
from todoapp.web.problems import BY_STATUS

_log = logging.getLogger("todoapp.errors")

PROBLEM_JSON = "application/problem+json"
_SIMPLE_FACE = ("/todos/", "/secret_todos/")
_RETRY_AFTER_SECONDS = "1"


def install(app: Flask) -> None:
    """Handle every exception of `app`."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(IntegrityError, _integrity)
    for kind in UNREACHABLE:
        app.register_error_handler(kind, _unreachable)
    app.register_error_handler(Exception, _unexpected)


def _domain(error: DomainError) -> Response:
    if KINDS[error.code].status >= 500:
        _log.warning("unavailable", exc_info=error)
    return _told_of(error)


def _told_of(error: DomainError) -> Response:
    facts = dict(error.facts)
    if isinstance(error, Invalid | BadFilter):
        facts["errors"] = [_field(one) for one in error.errors]
    if isinstance(error, Stale):
        facts["current"] = facts["current"](base_url())
    response = _write(KINDS[error.code].status, error.code, error.detail, **facts)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _field(error: FieldError) -> dict[str, Any]:
    where = "parameter" if error.in_query else "pointer"
    told = {where: error.where, "code": error.code, "detail": error.detail}
    return told if error.position is None else {**told, "position": error.position}


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(error.get_response())  # type: ignore[arg-type]
    if error.code >= 500:
        _log.error("unexpected", exc_info=error)
    code = BY_STATUS.get(error.code, "internal-error" if error.code >= 500 else "malformed")
    response = _write(error.code, code, _told(error))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _told(error: HTTPException) -> str:
    """Return what happened, in our words where it is about the path."""
    if error.code == 404:
        return f"There is nothing at {request.path}."
    if error.code == 405:
        return f"{request.method} does not work here; Allow names what does."
    return error.description or "The request was refused."


def _integrity(error: IntegrityError) -> Response:
    """Two calls at once wanted what only one can have, and the database decided."""
    _log.warning("integrity", exc_info=error)
    return _domain(Conflict("Something else was saved at the same moment: try again."))


def _unreachable(error: Exception) -> Response:
    _log.error("database", exc_info=error)
    told = Unavailable("The database is away or busy; nothing was changed.")
    return remember(error, _told_of(told))


def _unexpected(error: Exception) -> Response:
    _log.error("unexpected", exc_info=error)
    # A statement that was read by half holds SQLite's reader to its moment, which is soon the past.
    forget_connections()
    return remember(error, _write(500, "internal-error", "An error of ours, not of yours."))


def _write(status: int, code: str, detail: str, **facts: Any) -> Response:
    path = request.path
    if path == "/api" or path.startswith("/api/"):
        return _problem(status, code, detail, **facts)
    if f"{path}/".startswith(_SIMPLE_FACE):
        return _simple(status, "Todo not found" if status == 404 else detail)
    if (
        path.startswith("/admin")
        or request.accept_mimetypes.best_match([PROBLEM_JSON, "application/json", "text/html"])
        == "text/html"
    ):
        return _page(status, code, detail)
    return _problem(status, code, detail, **facts)


def _problem(status: int, code: str, detail: str, **facts: Any) -> Response:
    document = {
        "type": f"{_own_url()}/problems/{code}",
        "title": KINDS[code].title,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": request.path,
        "request_id": request_id(),
        **facts,
    }
    response = Response(write_json(document), status, content_type=PROBLEM_JSON)
    if status == 401:
        response.headers["WWW-Authenticate"] = _challenge(code)
    return response


def _challenge(code: str) -> str:
    """Return what 401 asks for; with the error of what was shown, if it was (RFC 6750, 3)."""
    shown = code in ("unauthenticated", "token-expired") and "Authorization" in request.headers
    return 'Bearer realm="todoapp"' + (', error="invalid_token"' if shown else "")


def _own_url() -> str:
    """Return the base of our links; for a host that is not ours, nothing: a relative link."""
    return base_url() if g.get("host_is_ours") else ""


def _simple(status: int, detail: str) -> Response:
    response = Response(write_json({"error": detail}), status, content_type="application/json")
    if status == 401:
        response.headers["WWW-Authenticate"] = _challenge("unauthenticated")
    return response


def _page(status: int, code: str, detail: str) -> Response:
    page = render_template(
        "error.html",
        code=code,
        kind=KINDS[code],
        detail=detail,
        request_id=request_id(),
        inside=status < 500 and _is_inside(),
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


def _is_inside() -> bool:
    """Tell whether somebody looks at one of the admin's pages, and has been found already.

    Only then may their name be shown: to find them out would ask a database that may be away.
    """
    return request.blueprint == "admin" and "actor" in g
