"""Replacing a key by another that may do the same, while its holder moves over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from todoapp.db import db
from todoapp.errors import Conflict
from todoapp.limits import Action, Noun
from todoapp.models import ApiKey, ApiKeyList, Change
from todoapp.schemas.api_key import KeyRotate
from todoapp.schemas.times import instant_text
from todoapp.services import api_keys, changes, key_limits
from todoapp.services.access import Actor, hold
from todoapp.services.preconditions import Precondition


def rotate(
    actor: Actor, key_id: int, body: Any, precondition: Precondition, *, at: datetime
) -> api_keys.NewKey:
    """Make a key like this one, which then ends when its grace is over.

    The new one has its name, scopes, lists and filter, and lives as long again, unless `body`
    (schemas.api_key.KeyRotate) says until when. Raises NotFound, Stale, Invalid, Conflict for a
    key that has ended or was replaced before, and Forbidden when it is somebody else's, or may more
    than the caller's.
    """
    key = api_keys.checked(actor, key_id, precondition, body)
    api_keys.require_own(actor, key)
    wanted = KeyRotate.parse(body)
    _refuse_ended(key, at)
    # Nobody gets by rotation what they could not give to a key that they make.
    key_limits.refuse_scopes_beyond(actor, key.scopes.split())
    hold(actor)
    successor = {
        "name": key.name,
        "scopes": key.scopes.split(),
        "list_ids": _list_ids(key),
        "filter": key.row_filter,
        "expires_at": _expiry(key, wanted, at),
    }
    made = api_keys.issue(actor, key.user_id, successor, at=at)
    diff = _retire(key, timedelta(hours=wanted["grace_hours"]), at)
    api_keys.touch(actor, key, Action.ROTATE, {**diff, "replaced_by": [None, made.row.id]}, at)
    return made


def _refuse_ended(key: ApiKey, at: datetime) -> None:
    if key.revoked_at is not None:
        raise Conflict("The key has been revoked.", code="key-ended")
    if key.expires_at is not None and key.expires_at <= at:
        raise Conflict("The key has expired.", code="key-ended")
    # In its grace it has a shorter life than it was given, which is not to be passed on. The log
    # is kept for longer than any grace.
    rotated = select(Change.id).where(
        Change.noun == Noun.API_KEY, Change.noun_id == key.id, Change.action == Action.ROTATE
    )
    if db.session.scalar(rotated.limit(1)) is not None:
        raise Conflict("The key has been replaced already.", code="key-ended")


def _list_ids(key: ApiKey) -> list[int] | None:
    if not key.is_limited:
        return None
    named = select(ApiKeyList.list_id).where(ApiKeyList.api_key_id == key.id)
    return sorted(db.session.scalars(named))


def _expiry(key: ApiKey, wanted: Mapping[str, Any], at: datetime) -> datetime | None:
    if key.expires_at is None or "expires_at" in wanted or "expires_in" in wanted:
        return key_limits.expiry(wanted, at=at)
    return at + (key.expires_at - key.created_at)


def _retire(key: ApiKey, grace: timedelta, at: datetime) -> changes.Diff:
    """Let the key work for its grace, never for longer than before; return what changes."""
    if not grace:
        key.revoked_at = at
        return {"revoked_at": [None, instant_text(at)]}
    before = key.expires_at
    key.expires_at = at + grace if before is None else min(before, at + grace)
    return changes.diff(
        {"expires_at": before and instant_text(before)},
        {"expires_at": instant_text(key.expires_at)},
    )
