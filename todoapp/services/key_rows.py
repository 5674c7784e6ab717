"""Reading API keys: which an actor sees, how each stands, what it is limited to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, and_, cast, func, or_, select

from todoapp.db import reader
from todoapp.errors import NotFound
from todoapp.limits import KEY_WARNING_DAYS, KeyState
from todoapp.models import ApiKey, ApiKeyList, TodoList, User
from todoapp.services import key_format
from todoapp.services.access import Actor, Sight, visible_lists

#: The id and the name of a list.
Named = tuple[int, str]


def read(actor: Actor, key_id: int) -> Row[Any]:
    """Return a key of those that the actor sees, for reading. Raises NotFound."""
    connection = reader()
    row = connection.execute(_rows(actor).where(ApiKey.id == key_id)).first()
    if row is None:
        raise NotFound("No such API key.")
    return row


def page(
    actor: Actor, query: Mapping[str, Any], before: int | None, *, at: datetime
) -> tuple[list[Row[Any]], tuple[int] | None]:
    """Return the keys that the actor sees, newest first, and where the next page begins.

    `query` is a schemas.api_key.KeyQuery, or a PageQuery: all.
    """
    size = query["page_size"]
    statement = _rows(actor).order_by(ApiKey.id.desc()).limit(size + 1)
    if "state" in query:
        statement = statement.where(stands(query["state"], at))
    if "owner" in query:
        statement = statement.where(User.username == query["owner"])
    if before is not None:
        statement = statement.where(ApiKey.id < before)
    connection = reader()
    rows = list(connection.execute(statement))
    return rows[:size], (rows[size - 1].id,) if len(rows) > size else None


def everyones(username: str | None) -> list[Row[Any]]:
    """Return every key with its owner's name, or those of one person: for the operator."""
    statement = select(ApiKey, User.username).join(User, User.id == ApiKey.user_id)
    if username is not None:
        statement = statement.where(User.username == username)
    connection = reader()
    return list(connection.execute(statement.order_by(User.username, ApiKey.id)))


def shown(actor: Actor, rows: Sequence[Row[Any]], *, at: datetime) -> list[dict[str, Any]]:
    """Return keys as people look at them.

    Beside its columns each has its `state`, whether it `is_ending` soon, whether it `is_mine`, its
    `prefix`, and the `lists` that it names, as far as the actor sees them, with their names.
    """
    lists = _lists(actor, (row.id for row in rows if row.is_limited))
    return [
        {
            **row._mapping,
            "scopes": row.scopes.split(),
            "prefix": f"{key_format.PREFIX}{row.public_id}",
            "state": state(row, at=at),
            "is_ending": _is_ending(row, at),
            "is_mine": row.user_id == actor.user_id,
            "lists": lists[row.id],
        }
        for row in rows
    ]


def state(row: Any, *, at: datetime) -> KeyState:
    """Return how a key stands."""
    if row.revoked_at is not None:
        return KeyState.REVOKED
    has_expired = row.expires_at is not None and row.expires_at <= at
    return KeyState.EXPIRED if has_expired else KeyState.ACTIVE


def seen_by(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions that the actor sees a key."""
    return [] if actor.sight == Sight.EVERYONE else [ApiKey.user_id == actor.user_id]


def stands(wanted: KeyState, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a key stands so; `state` says the same of a row."""
    if wanted == KeyState.REVOKED:
        return ApiKey.revoked_at.is_not(None)
    works = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > at)
    return and_(
        ApiKey.revoked_at.is_(None), works if wanted == KeyState.ACTIVE else ApiKey.expires_at <= at
    )


def _is_ending(row: Any, at: datetime) -> bool:
    if row.expires_at is None or state(row, at=at) != KeyState.ACTIVE:
        return False
    left: timedelta = row.expires_at - at
    return left <= timedelta(days=KEY_WARNING_DAYS)


def _lists(actor: Actor, key_ids: Iterable[int]) -> Mapping[int, list[Named]]:
    statement = (
        select(ApiKeyList.api_key_id, TodoList.id, TodoList.name)
        .join(TodoList, TodoList.id == ApiKeyList.list_id)
        .where(ApiKeyList.api_key_id.in_(list(key_ids)), TodoList.id.in_(visible_lists(actor)))
        .order_by(TodoList.name, TodoList.id)
    )
    found: defaultdict[int, list[Named]] = defaultdict(list)
    for key_id, list_id, name in reader().execute(statement):
        found[key_id].append((list_id, name))
    return found


#: The ids of the lists that a key names, with spaces between.
_LISTED = (
    select(func.aggregate_strings(cast(ApiKeyList.list_id, String), " "))
    .where(ApiKeyList.api_key_id == ApiKey.id)
    .correlate(ApiKey)
    .scalar_subquery()
)


def _rows(actor: Actor) -> Select[Any]:
    """Return the select of what schemas.api_key.KeyOut writes."""
    rows = select(ApiKey, User.username.label("owner"), _LISTED.label("listed"))
    return rows.join(User, User.id == ApiKey.user_id).where(*seen_by(actor))
