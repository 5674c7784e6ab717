"""Who a key speaks for. Runs in every request: one prebuilt select on an index."""

import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, select

from todoapp.errors import Unauthenticated
from todoapp.limits import KEY_WARNING_DAYS
from todoapp.models import ApiKey, User
from todoapp.prepared import Prepared, aware, plain
from todoapp.services import key_format
from todoapp.services.access import Actor, Sight, scopes_of

_SOON = timedelta(days=KEY_WARNING_DAYS)
#: What is compared with when no such key exists, so that finding out takes as long.
_NOBODY = (0, "0" * 64, "", False, None, None, None, None, 0, "", "", "", False)


def authenticate(key: str, *, at: datetime) -> tuple[Actor, datetime | None]:
    """Return whom `key` speaks for, and when it was last used.

    Raises Unauthenticated: unknown, wrong, revoked and expired keys are told apart only in words
    that the holder of a right one gets to see.
    """
    found: tuple[Any, ...] = _KEY.first(public_id=key_format.public_id(key)) or _NOBODY
    key_id, expected, scopes, is_limited, row_filter, *rest = found
    expires_at, revoked_at, last_used_at, *person = rest
    user_id, username, timezone, role, is_active = person
    if not hmac.compare_digest(key_format.digest(key), expected) or not is_active:
        raise Unauthenticated("The API key is not valid.")
    if revoked_at is not None:
        raise Unauthenticated("The API key has been revoked.")
    expires_at = aware(expires_at)
    if expires_at is not None and expires_at <= at:
        raise Unauthenticated("The API key has expired.")
    is_narrow = bool(is_limited) or row_filter is not None
    actor = Actor(
        user_id=user_id,
        username=username,
        timezone=timezone,
        scopes=scopes_of(role, scopes, is_limited=is_narrow),
        key_id=key_id,
        key_expires_at=expires_at if expires_at and expires_at - at < _SOON else None,
        sight=Sight.LIMITED if is_limited else Sight.OWN,
        row_filter=row_filter,
        called_at=at,
    )
    return actor, aware(last_used_at)


def _lookup(dialect: str) -> Select[Any]:
    return (
        select(
            ApiKey.id,
            ApiKey.secret_hash,
            ApiKey.scopes,
            ApiKey.is_limited,
            ApiKey.row_filter,
            plain(ApiKey.expires_at, dialect),
            plain(ApiKey.revoked_at, dialect),
            plain(ApiKey.last_used_at, dialect),
            User.id,
            User.username,
            User.timezone,
            User.role,
            User.is_active,
        )
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.public_id == bindparam("public_id"))
    )


_KEY = Prepared(_lookup)
