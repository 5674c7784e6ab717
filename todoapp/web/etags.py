"""Versions as entity tags (RFC 9110, 8.8.3), read leniently: proxies rewrite them."""

import re

from flask import request

from todoapp.services.preconditions import Precondition
from todoapp.web.current import request_context

#: `"3"`, `W/"3"` and what compressing proxies make of it: `"3-gzip"`, `"3:br"`.
_TAG = re.compile(r'(?:W/)?"(\d{1,16})(?:[-:;][\w.-]*)?"', re.ASCII)


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def precondition(version: int | None = None) -> Precondition:
    """Return what the request demands by If-Match, and by `?version=` where that was given."""
    return Precondition(_versions(request.headers.get("If-Match")), version)


def is_fresh(version: int) -> bool:
    """Tell whether a client that reads has this version already (If-None-Match)."""
    request = request_context().request
    header = request.environ.get("HTTP_IF_NONE_MATCH")
    if header is None or request.method not in ("GET", "HEAD"):
        return False
    known = _versions(header)
    return known is None or version in known


def _versions(header: str | None) -> frozenset[int] | None:
    """Return the versions that a header names; None: absent, or `*`, which any version meets."""
    if header is None or header.strip() == "*":
        return None
    return frozenset(int(digits) for digits in _TAG.findall(header))
