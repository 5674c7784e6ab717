"""Who is calling: the key or the access token that the request presents, never a cookie."""

from datetime import datetime

from flask import Response, after_this_request, current_app, g

from todoapp.clock import utcnow
from todoapp.errors import Unauthenticated
from todoapp.schemas.times import instant_text
from todoapp.services import authentication, key_format, sessions, token_format, tokens
from todoapp.services.access import Actor
from todoapp.services.usage import Usage
from todoapp.settings import Settings
from todoapp.web import rate_limits
from todoapp.web.current import app_context, request_context


def presented_key() -> str | None:
    """Return what `X-API-Key` or `Authorization: Bearer` holds; None: neither was sent."""
    environ = request_context().request.environ
    key: str | None = environ.get("HTTP_X_API_KEY")
    if key is not None:
        return key
    authorization: str | None = environ.get("HTTP_AUTHORIZATION")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def identify() -> Actor:
    """Return the actor of this request, and count it. Raises Unauthenticated, TooManyRequests."""
    key = presented_key()
    if key is None:
        rate_limits.count_address()
        raise Unauthenticated(
            "Send an API key as X-API-Key: todo_… or Authorization: Bearer todo_…"
        )
    now = utcnow()
    try:
        actor, last_used_at = _authenticate(key, now)
    except Unauthenticated as error:
        rate_limits.count_address()
        if error.code != "token-expired":  # which is no guess
            rate_limits.count_failure()
        raise
    app_context().g.actor = actor
    rate_limits.count_actor(actor)
    if actor.key_expires_at is not None:
        after_this_request(_warn)
    note_use(actor, last_used_at, at=now)
    return actor


def confirm(actor: Actor) -> None:
    """Raise Unauthenticated if what `actor` called with has ended or lost a scope meanwhile.

    An access token that has merely expired was good when it was shown.
    """
    at = utcnow()
    if actor.session_id is None:
        present = authentication.authenticate(presented_key() or "", at=at)[0]
    else:
        settings: Settings = current_app.config["SETTINGS"]
        found = sessions.by_id(actor.session_id, idle=settings.session_idle, at=at)
        if found is None:
            raise Unauthenticated("The login has ended.")
        present = found.actor
    if not actor.scopes <= present.scopes:
        raise Unauthenticated("What the call was made with may do less by now.")


def _warn(response: Response) -> Response:
    """Say when the key expires: in its last week its holder should hear of it."""
    response.headers["API-Key-Expires"] = instant_text(g.actor.key_expires_at)
    return response


def _authenticate(key: str, now: datetime) -> tuple[Actor, datetime | None]:
    """Take a key from either header, an access token from Authorization only (RFC 6750)."""
    is_key = (
        key.startswith(key_format.PREFIX) or "HTTP_X_API_KEY" in request_context().request.environ
    )
    if is_key or not token_format.looks_like_one(key):
        return authentication.authenticate(key, at=now)
    return tokens.authenticate(key, settings=current_app.config["SETTINGS"], at=now)


def note_use(actor: Actor, last_used_at: datetime | None, *, at: datetime) -> None:
    """Have it written when the actor, and what they call with, were last here."""
    usage: Usage = app_context().app.extensions["usage"]
    if usage.note(actor, last_used_at, at=at):
        after_this_request(_write_usage)


def _write_usage(response: Response) -> Response:
    """Write it once the answer has gone out."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    usage: Usage = app.extensions["usage"]

    @response.call_on_close
    def write() -> None:
        with app.app_context():
            usage.flush()

    return response
