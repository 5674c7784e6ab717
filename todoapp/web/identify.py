"""Who is calling: the key that the request presents, never a cookie."""

from flask import Response, after_this_request, current_app, g, request

from todoapp.clock import utcnow
from todoapp.errors import Unauthenticated
from todoapp.services import authentication
from todoapp.services.access import Actor
from todoapp.services.key_usage import KeyUsage
from todoapp.web.context import request_id


def presented_key() -> str | None:
    """Return the key of `X-API-Key` or `Authorization: Bearer`; None: neither was sent."""
    key = request.headers.get("X-API-Key")
    if key is not None:
        return key
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def identify() -> Actor:
    """Return the actor of this request. Raises Unauthenticated."""
    key = presented_key()
    if key is None:
        raise Unauthenticated(
            "Send an API key as X-API-Key: todo_… or Authorization: Bearer todo_…"
        )
    now = utcnow()
    actor, last_used_at = authentication.authenticate(key, at=now, request_id=request_id())
    g.actor = actor
    usage: KeyUsage = current_app.extensions["key_usage"]
    if actor.key_id is not None and usage.note(actor.key_id, last_used_at, at=now):
        after_this_request(_write_usage)
    return actor


def _write_usage(response: Response) -> Response:
    """Write it once the answer has gone out."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    usage: KeyUsage = app.extensions["key_usage"]

    @response.call_on_close
    def write() -> None:
        with app.app_context():
            usage.flush()

    return response
