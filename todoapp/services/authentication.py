"""Who a key speaks for. Runs in every request: one prebuilt select on an index."""

import hmac
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from todoapp.db import reader
from todoapp.errors import Unauthenticated
from todoapp.models import ApiKey, User
from todoapp.services import key_format
from todoapp.services.access import Actor

#: Compared against when no such key exists, so that finding out takes as long.
_NO_HASH = "0" * 64


def authenticate(key: str, *, at: datetime, request_id: str) -> tuple[Actor, datetime | None]:
    """Return whom `key` speaks for, and when it was last used.

    Raises Unauthenticated: unknown, wrong, revoked and expired keys are told apart only in words
    that the holder of a right one gets to see.
    """
    found = _find(key)
    expected = _NO_HASH if found is None else found.secret_hash
    if (
        not hmac.compare_digest(key_format.digest(key), expected)
        or found is None
        or not found.is_active
    ):
        raise Unauthenticated("The API key is not valid.")
    if found.revoked_at is not None:
        raise Unauthenticated("The API key has been revoked.")
    if found.expires_at is not None and found.expires_at <= at:
        raise Unauthenticated("The API key has expired.")
    actor = Actor(
        user_id=found.user_id,
        username=found.username,
        timezone=found.timezone,
        scopes=_scopes(found.scopes),
        key_id=found.id,
        request_id=request_id,
    )
    return actor, found.last_used_at


def _find(key: str) -> Row[Any] | None:
    connection = reader()
    return connection.execute(_lookup(), {"public_id": key_format.public_id(key)}).first()


@cache
def _lookup() -> Select[Any]:
    return (
        select(
            ApiKey.id,
            ApiKey.user_id,
            ApiKey.secret_hash,
            ApiKey.scopes,
            ApiKey.expires_at,
            ApiKey.revoked_at,
            ApiKey.last_used_at,
            User.username,
            User.timezone,
            User.is_active,
        )
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.public_id == bindparam("public_id"))
    )


@cache
def _scopes(stored: str) -> frozenset[str]:
    return frozenset(stored.split())
