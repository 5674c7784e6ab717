"""Remembering what went wrong, once the answer has gone out."""

from flask import Response, current_app, g, request

from todoapp.clock import utcnow
from todoapp.services import failures
from todoapp.services.access import Actor
from todoapp.web.context import request_id


def remember(error: Exception, response: Response) -> Response:
    """Return the response, which tells of the error."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    actor: Actor | None = g.get("actor")
    failed = failures.Failed(
        at=utcnow(),
        request_id=request_id(),
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        user_id=actor.user_id if actor else None,
    )

    @response.call_on_close
    def write() -> None:
        with app.app_context():
            failures.record(failed, error)

    return response
