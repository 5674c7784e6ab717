"""The end of an account: nobody gets in any more, and what was theirs goes to somebody else.

The row stays, since todos and the change log name it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from todoapp.db import db
from todoapp.errors import Conflict, Invalid, NotFound
from todoapp.limits import GUEST_USERNAME, Action, Noun
from todoapp.models import ApiKey, User
from todoapp.services import accounts, api_keys, changes, legacies, recovery_codes, sessions, views
from todoapp.services.access import Actor, require_administrator
from todoapp.services.preconditions import Precondition


def refuse_last_administrator(user: User) -> None:
    """Raise Conflict if nobody could run the installation without `user` (accounts.locked)."""
    administrators = select(User.id).where(accounts.active_administrators())
    if db.session.scalars(administrators.limit(2)).all() == [user.id]:
        raise Conflict(
            f"{user.username} is the last active administrator: make another one first.",
            code="last-administrator",
        )


def end_access(actor: Actor | None, user: User, *, at: datetime) -> None:
    """End every session of somebody, and revoke every key."""
    sessions.end_all(user.id, actor=actor, at=at)
    keys = select(ApiKey).where(ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None))
    for key in db.session.scalars(keys.order_by(ApiKey.id).with_for_update()).all():
        api_keys.end(actor, key, at=at)


def delete(
    actor: Actor | None,
    username: str,
    query: Mapping[str, Any],
    precondition: Precondition,
    *,
    at: datetime,
) -> None:
    """Delete an account: nobody gets in by it any more. The name stays taken.

    `query` (schemas.user.UserDeleteQuery) says who gets the lists. Raises Forbidden, NotFound,
    Stale, Conflict for the guest and for the last active administrator, and Invalid when nobody can
    have the lists.
    """
    require_administrator(actor)
    heirs_name = query.get("lists_to") or (actor.username if actor else "")
    user = accounts.changeable(username, {}, precondition, heirs_name)
    refuse_last_administrator(user)
    heir = _heir(user, heirs_name)
    legacies.hand_over(actor, user, heir, trash=query["lists"] == "trash", at=at)
    views.forget(actor, user.id, at=at)
    end_access(actor, user, at=at)
    user.is_active, user.deleted_at = False, at
    user.email = user.password_hash = None
    user.totp_salt = user.totp_enabled_at = user.totp_step = None
    recovery_codes.forget(user.id)
    accounts.touch(actor, user, [changes.Entry(Noun.USER, user.id, Action.DELETE)], at=at)


def _heir(user: User, username: str) -> User:
    if username == user.username:
        raise Invalid.parameter("lists_to", "same", "Say who else gets the lists.")
    try:
        heir = accounts.by_name(username)
    except NotFound as error:
        raise Invalid.parameter("lists_to", "unknown", error.detail) from None
    if not heir.is_active or username == GUEST_USERNAME:
        raise Invalid.parameter("lists_to", "inactive", f"{username} cannot use them.")
    return heir
