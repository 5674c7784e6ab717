"""Page tokens: where the next page begins, signed, for one caller, one set of filters, one sort."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson
from itsdangerous import BadSignature, Signer

from todoapp.errors import Malformed
from todoapp.services.access import Actor
from todoapp.web.current import app_context, request_context
from todoapp.web.hosts import base_url

#: The path of a collection, and the parameters with which it is asked for.
Where = tuple[str, Mapping[str, str]]
#: Parameters that say how a page is shown, not which rows there are.
_SHOWN = frozenset({"page_token", "page_size", "count", "fields"})


def write(actor: Actor, cursor: tuple[Any, ...], of: Any = None, where: Where | None = None) -> str:
    """Return the token for `cursor`.

    `of`: what the filters refer to, if that can change. `where` the token is for: else it is what
    was requested.
    """
    payload = urlsafe_b64encode(orjson.dumps([_purpose(actor, of, where), *cursor])).rstrip(b"=")
    return _signer(app_context().app.secret_key).sign(payload).decode("ascii")


def read(
    actor: Actor,
    query: Mapping[str, Any],
    *kinds: type,
    of: Any = None,
    where: Where | None = None,
) -> tuple[Any, ...] | None:
    """Return the cursor of the token in `query`, its values being of `kinds`; None: no token.

    Raises Malformed for a token that was made by somebody else, for somebody else, for another
    list, or before what it is `of` has changed.
    """
    token = query.get("page_token")
    if token is None:
        return None
    try:
        payload = _signer(app_context().app.secret_key).unsign(token)
    except (BadSignature, ValueError):
        raise _refusal() from None
    purpose, *values = orjson.loads(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    if purpose != _purpose(actor, of, where) or len(values) != len(kinds):
        raise _refusal()
    return tuple(_value(value, kind) for value, kind in zip(values, kinds, strict=True))


def next_page(
    actor: Actor, cursor: tuple[Any, ...] | None, of: Any = None
) -> tuple[str | None, dict[str, str]]:
    """Return the token of the next page, and the headers that link to it (RFC 8288)."""
    if cursor is None:
        return None, {}
    token = write(actor, cursor, of)
    others = _parameters()
    others.pop("page_token", None)
    query = f"{urlencode(others)}&" if others else ""
    url = f"{base_url()}{request_context().request.path}?{query}page_token={token}"
    return token, {"Link": f'<{url}>; rel="next"'}


def _value(value: Any, kind: type) -> Any:
    if kind is datetime and value is not None:
        instant = datetime.fromisoformat(value)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return value


def _purpose(actor: Actor, of: Any, where: Where | None) -> str:
    """Return what the token is good for: a digest of the caller, the path and the filters."""
    path, parameters = where or (request_context().request.path, _parameters())
    chosen = sorted((k, v) for k, v in parameters.items() if k not in _SHOWN)
    described = repr((actor.user_id, path, chosen, of)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(described).hexdigest()[:16]


def _parameters() -> dict[str, str]:
    request = request_context().request
    return request.args.to_dict() if request.query_string else {}


@lru_cache(maxsize=4)
def _signer(secret_key: str) -> Signer:
    return Signer(secret_key, salt="page-token", digest_method=hashlib.sha256)


def _refusal() -> Malformed:
    return Malformed(
        "The page token does not belong to this caller, these filters and this sort.",
        code="bad-page-token",
    )
