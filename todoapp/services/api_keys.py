"""API keys: made, renamed, revoked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from todoapp.db import db
from todoapp.errors import Forbidden, NotFound
from todoapp.limits import Action, Noun, Scope
from todoapp.models import ApiKey, ApiKeyList
from todoapp.schemas.api_key import KeyCreate, KeyOut, KeyPatch
from todoapp.schemas.times import instant_text
from todoapp.services import changes, key_format, key_limits, key_rows
from todoapp.services.access import Actor, hold, require_scope
from todoapp.services.preconditions import Precondition


@dataclass(frozen=True)
class NewKey:
    """A key with the secret that can be shown this once."""

    row: ApiKey
    secret: str


def create(actor: Actor, body: Mapping[str, Any], *, at: datetime) -> NewKey:
    """Make the key that `body` (schemas.api_key.KeyCreate) describes, for the actor.

    Raises Invalid, and Forbidden when it would be allowed more than the key that makes it.
    """
    wanted = KeyCreate.parse(body)
    key_limits.refuse_scopes_beyond(actor, wanted["scopes"])
    wanted["expires_at"] = key_limits.expiry(wanted, at=at)
    key_limits.check(actor, wanted)
    hold(actor)
    return issue(actor, actor.user_id, wanted, at=at)


def issue(actor: Actor | None, user_id: int, wanted: Mapping[str, Any], *, at: datetime) -> NewKey:
    """Make a key with checked values, for `user_id`, and record it."""
    public_id, whole = key_format.new()
    list_ids = wanted.get("list_ids")
    row = ApiKey(
        user_id=user_id,
        name=wanted["name"],
        public_id=public_id,
        secret_hash=key_format.digest(whole),
        scopes=" ".join(wanted["scopes"]),
        is_limited=list_ids is not None,
        row_filter=wanted.get("filter"),
        expires_at=wanted.get("expires_at"),
        created_at=at,
        updated_at=at,
        version=1,
    )
    db.session.add(row)
    db.session.flush()
    if list_ids:
        named = [{"api_key_id": row.id, "list_id": list_id} for list_id in list_ids]
        db.session.execute(insert(ApiKeyList), named)
    facts = {"name": row.name, "scopes": row.scopes.split(), "list_ids": list_ids}
    diff = changes.diff({}, facts | {"filter": row.row_filter})
    _record(actor, row, Action.CREATE, diff, at)
    return NewKey(row, whole)


def mine(actor: Actor, key_id: int) -> ApiKey:
    """Return a key of the actor's, or of everybody's where they see that, locked.

    Raises NotFound.
    """
    key = db.session.scalar(
        select(ApiKey).where(ApiKey.id == key_id, *key_rows.seen_by(actor)).with_for_update()
    )
    if key is None:
        raise NotFound("No such API key.")
    return key


def by_prefix(key: str) -> ApiKey:
    """Return the key that begins like `key`, or is it: for the operator. Raises NotFound."""
    found = db.session.scalar(select(ApiKey).where(ApiKey.public_id == key_format.public_id(key)))
    if found is None:
        raise NotFound("No such API key.")
    return found


def rename(
    actor: Actor, key_id: int, body: Mapping[str, Any], precondition: Precondition, *, at: datetime
) -> None:
    """Change what `body` (KeyPatch) names.

    Raises NotFound, Stale, Invalid, and Forbidden when it is somebody else's.
    """
    key = checked(actor, key_id, precondition, body)
    require_own(actor, key)
    wanted = KeyPatch.parse(body)
    diff = changes.diff({"name": key.name}, {"name": wanted.get("name", key.name)})
    if diff:
        key.name = wanted["name"]
        touch(actor, key, Action.UPDATE, diff, at)


def revoke(actor: Actor, key_id: int, precondition: Precondition, *, at: datetime) -> None:
    """End a key at once. Ending it again changes nothing.

    Any key may end itself; the others need the scope `account`. Raises Forbidden, NotFound, Stale.
    """
    if key_id != actor.key_id:
        require_scope(actor, Scope.ACCOUNT)
    end(actor, checked(actor, key_id, precondition, {}), at=at)


def checked(actor: Actor, key_id: int, precondition: Precondition, body: Any) -> ApiKey:
    """Return the key, locked, as the caller believes it to be. Raises NotFound and Stale."""
    key = mine(actor, key_id)
    precondition.check(
        key.version, body, lambda: lambda base: KeyOut(base=base).dump(key_rows.read(actor, key_id))
    )
    return key


def require_own(actor: Actor, key: ApiKey) -> None:
    """Raise Forbidden unless the key is the actor's: an administrator sees those of others, too.

    Whoever replaced the key of somebody else could act in their name.
    """
    if key.user_id != actor.user_id:
        raise Forbidden("Only its owner renames and replaces a key; you may revoke it.")


def end(actor: Actor | None, key: ApiKey, *, at: datetime) -> None:
    """Revoke a key that has been found, unless it is revoked already."""
    if key.revoked_at is None:
        key.revoked_at = at
        touch(actor, key, Action.REVOKE, {"revoked_at": [None, instant_text(at)]}, at)


def touch(
    actor: Actor | None, key: ApiKey, action: Action, diff: changes.Diff, at: datetime
) -> None:
    """Give a key that was changed a new version, and record what was done."""
    key.version += 1
    key.updated_at = at
    db.session.flush()
    _record(actor, key, action, diff, at)


def _record(
    actor: Actor | None, key: ApiKey, action: Action, diff: changes.Diff, at: datetime
) -> None:
    changes.record(actor, [changes.Entry(Noun.API_KEY, key.id, action, None, diff)], at=at)
