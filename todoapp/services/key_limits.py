"""What a new key is held to: its maker's scopes, a time, some lists, some todos."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from todoapp.db import db, reader
from todoapp.errors import FieldError, Forbidden, Invalid, together
from todoapp.limits import KEY_LIFETIMES, Scope
from todoapp.models import TodoList
from todoapp.services import filter_language
from todoapp.services.access import LIMITED_SCOPES, Actor, seeing_own, visible_lists


def scopes_for(actor: Actor) -> list[Scope]:
    """Return the scopes that the actor can give to a key."""
    return [scope for scope in Scope if scope in actor.scopes]


def lists_for(actor: Actor) -> list[tuple[int, str]]:
    """Return the ids and names of the lists that a key of the actor's can be limited to."""
    statement = (
        select(TodoList.id, TodoList.name)
        .where(TodoList.id.in_(visible_lists(seeing_own(actor))), TodoList.deleted_at.is_(None))
        .order_by(TodoList.name, TodoList.id)
    )
    return [(list_id, name) for list_id, name in reader().execute(statement)]


def refuse_scopes_beyond(actor: Actor, scopes: Iterable[str]) -> None:
    """Raise Forbidden unless the actor has all of `scopes`."""
    beyond = sorted(set(scopes) - actor.scopes)
    if beyond:
        raise Forbidden(
            f"A key cannot give what it does not have: {', '.join(beyond)}.",
            code="insufficient-scope",
            required_scope=beyond[0],
        )


def expiry(wanted: Mapping[str, Any], *, at: datetime) -> datetime | None:
    """Return until when a new key works, by `expires_at` or `expires_in`. Raises Invalid."""
    if "expires_in" in wanted and "expires_at" in wanted:
        raise Invalid.field("expires_in", "contradiction", "Send either this or expires_at.")
    if "expires_in" in wanted:
        days = KEY_LIFETIMES[wanted["expires_in"]]
        return None if days is None else at + timedelta(days=days)
    expires_at: datetime | None = wanted.get("expires_at")
    if expires_at is not None and expires_at <= at:
        raise Invalid.field("expires_at", "past", "Must be in the future.")
    return expires_at


def check(actor: Actor, wanted: Mapping[str, Any]) -> None:
    """Raise Invalid unless the lists and the filter of a new key, and its scopes, fit together."""
    list_ids, row_filter = wanted.get("list_ids"), wanted.get("filter")
    if list_ids is None and row_filter is None:
        return
    together(
        lambda: _refuse_wide(wanted["scopes"]),
        lambda: _refuse_unseen(actor, list_ids or []),
        lambda: None if row_filter is None else filter_language.check(row_filter),
    )


def _refuse_wide(scopes: Iterable[str]) -> None:
    """Raise Invalid for what would lead a key for some lists or todos beyond them."""
    wide = sorted(set(scopes) - LIMITED_SCOPES)
    if wide:
        detail = f"A key for some lists or todos cannot have {', '.join(wide)}: that opens more."
        raise Invalid.field("scopes", "limited", detail)


def _refuse_unseen(actor: Actor, list_ids: list[int]) -> None:
    """Raise Invalid for each list that the actor does not see."""
    lists = visible_lists(seeing_own(actor)).subquery()
    seen = set(db.session.scalars(select(lists.c.list_id).where(lists.c.list_id.in_(list_ids))))
    errors = [
        FieldError(f"/list_ids/{place}", "unknown", "No such list.")
        for place, list_id in enumerate(list_ids)
        if list_id not in seen
    ]
    if errors:
        raise Invalid(errors)
