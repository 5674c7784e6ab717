"""Reading JSON strictly: what two parsers could read differently is refused.

orjson is not used here: it keeps the last of two equal keys and turns long integers into floats.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected

from todoapp.errors import Malformed, TooLarge, UnsupportedMediaType
from todoapp.limits import BODY_MAX_BYTES, JSON_DEPTH_MAX, MAX_INTEGER

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
#: An integer with more digits is out of every range; Python refuses to read very long ones.
_DIGITS_MAX = 20


def json_body(*, optional: bool = False) -> Any:
    """Return the JSON value of the request's body.

    An absent body is an empty object if `optional`. Raises UnsupportedMediaType, TooLarge and
    Malformed.
    """
    raw = raw_body()
    if optional and not raw:
        return {}
    accepted = (JSON, MERGE_PATCH) if request.method == "PATCH" else (JSON,)
    if raw and request.mimetype not in accepted:
        raise UnsupportedMediaType(
            f"Send the body as {' or '.join(accepted)}, not as {request.mimetype or 'untyped'}."
        )
    return parse(raw)


def raw_body() -> bytes:
    """Return the bytes of the body. Raises TooLarge, and Malformed when it breaks off."""
    if (request.content_length or 0) > BODY_MAX_BYTES:
        raise TooLarge(f"The body has more than {BODY_MAX_BYTES} bytes.")
    try:
        return request.get_data()
    # The last is Gunicorn's, of chunked bodies.
    except (OSError, ClientDisconnected, ParseException):
        raise Malformed("The body could not be read to its end.") from None


def parse(raw: bytes) -> Any:
    """Return the value of one JSON text, or raise Malformed saying why it is none."""
    if not raw.strip():
        raise Malformed("The body is empty: send a JSON object.")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_int=_integer,
        )
    except UnicodeDecodeError:
        raise Malformed("The body is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    for text in _strings(value):
        if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
            raise Malformed("The body has a lone surrogate: half of a character.")
    return value


def _strings(value: Any) -> Iterator[str]:
    """Yield every string and key of `value`, refusing to go deeper than is allowed."""
    todo = [(value, 1)]
    while todo:
        item, depth = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict | list):
            if depth > JSON_DEPTH_MAX:
                raise _too_deep()
            if isinstance(item, dict):
                yield from item
                item = item.values()
            todo.extend((below, depth + 1) for below in item)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Malformed(f"The body has the key {name[:60]!a} twice.")
        members[name] = value
    return members


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS_MAX else 2 * MAX_INTEGER


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"The body has {name}, which is not JSON.")


def _too_deep() -> Malformed:
    return Malformed(f"The body is nested deeper than {JSON_DEPTH_MAX} levels.")
