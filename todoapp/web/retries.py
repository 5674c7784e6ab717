"""The header Idempotency-Key: which request it makes of this one, and the answer to replay."""

from collections.abc import Callable

from flask import Response, request

from todoapp.clock import utcnow
from todoapp.errors import Invalid
from todoapp.limits import IDEMPOTENCY_KEY_MAX
from todoapp.services import idempotency
from todoapp.services.access import Actor
from todoapp.services.idempotency import Answer
from todoapp.web.body import raw_body

HEADER = "Idempotency-Key"
#: What of an answer is kept for its replay; the rest is made anew.
_KEPT = ("Content-Type", "ETag", "Location")


def once(actor: Actor, view: Callable[[], Response]) -> Response:
    """Return what `view` answers, or what it answered when the request came first."""
    attempt = idempotency.attempt(
        actor,
        method=request.method,
        path=request.path.rstrip("/"),
        key=_key(request.headers[HEADER]),
        asked=request.query_string + b"\n" + raw_body(),
    )
    answer = idempotency.once(attempt, lambda: _answer(view()), at=utcnow())
    response = Response(answer.body, answer.status, answer.headers)
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def refuse() -> None:
    """Raise Invalid: the calls of this route hold secrets, which are not kept."""
    raise Invalid.parameter(
        HEADER, "refused", "Is not accepted here: the call holds a secret, which is not kept."
    )


def _key(header: str) -> str:
    """Return the key, quoted (RFC 8941) or bare."""
    key = header.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_MAX:
        raise Invalid.parameter(
            HEADER, "length", f"Must have from 1 to {IDEMPOTENCY_KEY_MAX} characters."
        )
    return key


def _answer(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    return Answer(response.status_code, headers, response.get_data())
