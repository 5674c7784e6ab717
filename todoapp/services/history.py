"""What was done: to one thing, and to all that an actor sees, in order.

A reader of all remembers the last change that it has seen and asks for those after it. The order is
that of transactions, then ids: on PostgreSQL ids are given before commits, so that neither alone
would do. What was done in transactions that began after the oldest one still under way is left for
the next call.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, or_, select, text, true, tuple_

from todoapp.db import reader
from todoapp.errors import Gone
from todoapp.limits import Action, Noun, Scope
from todoapp.models import ApiKey, Change, User
from todoapp.services import todo_rows
from todoapp.services.access import Actor, Sight, refuse_filtered, visible_lists

Shown = list[dict[str, Any]]
#: A place in the log: a transaction and a change.
Place = tuple[int, int]

_ORDER = tuple_(Change.transaction_id, Change.id)
_START: Place = (-1, 0)


def of_todo(
    actor: Actor, todo_id: int, query: Mapping[str, Any], before: int | None
) -> tuple[Shown, tuple[int] | None]:
    """Return what was done to a todo, as schemas.change.ChangeOut takes it, newest first.

    With it comes where the next page begins. What happened in a list that the actor does not see
    is left out. Raises NotFound.
    """
    todo_rows.read(actor, todo_id)
    size = query["page_size"]
    statement = (
        _changes()
        .where(Change.noun == Noun.TODO, Change.noun_id == todo_id)
        .where(_in_lists(actor))
        .order_by(Change.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        statement = statement.where(Change.id < before)
    rows = list(reader().execute(statement))
    return _shown(actor, rows[:size]), (rows[size - 1].id,) if len(rows) > size else None


def after(actor: Actor, query: Mapping[str, Any]) -> tuple[Shown, int]:
    """Return what was done after the change `query["after"]`, and what to ask for next.

    Without `after` it begins with the first change that is kept. Raises Gone when changes after it
    are no longer kept, and Forbidden for a key that is limited to some todos.
    """
    refuse_filtered(actor)
    start, end = _start(query.get("after")), _end()
    statement = (
        _changes()
        .where(start < _ORDER, end >= _ORDER, Change.noun != Noun.LOG, _seen_by(actor))
        .order_by(Change.transaction_id, Change.id)
        .limit(query["page_size"])
    )
    if "noun" in query:
        statement = statement.where(Change.noun == query["noun"])
    rows = list(reader().execute(statement))
    full = len(rows) == query["page_size"]
    return _shown(actor, rows), rows[-1].id if full else max(start, end)[1]


def _start(change_id: int | None) -> Place:
    """Return the place of a change, or of the last one before it."""
    kept_after = reader().scalar(select(func.max(Change.noun_id)).where(Change.noun == Noun.LOG))
    if change_id is None:
        return _START
    if kept_after is not None and change_id < kept_after:
        raise Gone(
            f"Changes up to {kept_after} are no longer kept: read everything anew, then go on "
            f"from {kept_after}.",
            kept_after=kept_after,
        )
    found = select(Change.transaction_id).where(Change.id <= change_id)
    transaction_id = reader().scalar(found.order_by(Change.id.desc()).limit(1))
    return _START if transaction_id is None else (transaction_id, change_id)


def _end() -> Place:
    """Return the last place before which nothing can be added any more."""
    connection = reader()
    last = select(Change.transaction_id, Change.id)
    if connection.dialect.name == "postgresql":
        oldest = text("CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
        last = last.where(Change.transaction_id < oldest)
    newest_first = (Change.transaction_id.desc(), Change.id.desc())
    found = connection.execute(last.order_by(*newest_first).limit(1)).first()
    return _START if found is None else (found.transaction_id, found.id)


def _in_lists(actor: Actor) -> ColumnElement[bool]:
    if actor.sight == Sight.EVERYONE:
        return true()
    return Change.list_id.in_(visible_lists(actor))


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """What happened in the lists that the actor sees, which came and went, and personal views.

    With the scope account also what happened to the actor, to their keys and sessions.
    """
    in_lists, to_them = _in_lists(actor), _to(actor)
    personal = and_(Change.noun == Noun.VIEW, Change.list_id.is_(None))
    if actor.sight == Sight.EVERYONE:
        return or_(not_(personal), Change.user_id == actor.user_id)
    if actor.sight == Sight.OWN:  # nobody but their owner does anything to personal views
        in_lists = or_(in_lists, and_(personal, Change.user_id == actor.user_id))
    if Scope.ACCOUNT not in actor.scopes:
        return or_(in_lists, to_them & Change.action.in_((Action.ENTER, Action.LEAVE)))
    keys = select(ApiKey.id).where(ApiKey.user_id == actor.user_id)
    return or_(
        in_lists,
        and_(Change.noun == Noun.API_KEY, Change.noun_id.in_(keys)),
        to_them,
        and_(Change.noun == Noun.SESSION, Change.user_id == actor.user_id),
    )


def _to(actor: Actor) -> ColumnElement[bool]:
    return and_(Change.noun == Noun.USER, Change.noun_id == actor.user_id)


def _changes() -> Select[Any]:
    return (
        select(Change, User.username.label("actor"), ApiKey.name.label("key_name"))
        .outerjoin(User, User.id == Change.user_id)
        .outerjoin(ApiKey, ApiKey.id == Change.api_key_id)
    )


def _shown(actor: Actor, rows: Iterable[Row[Any]]) -> Shown:
    seen = frozenset(reader().scalars(visible_lists(actor)))
    return [_entry(row, seen) | _from_where(actor, row) for row in rows]


def _entry(row: Row[Any], seen: frozenset[int]) -> dict[str, Any]:
    """Return one change; what a todo was before it came in, only its old list's members know."""
    diff = row.diff
    if row.action == Action.ENTER and diff and diff["list_id"][0] not in seen:
        diff = {name: [None, new] for name, (_old, new) in diff.items()}
    key = row.api_key_id and {"id": row.api_key_id, "name": row.key_name}
    return {**row._mapping, "diff": diff, "api_key": key}


def _from_where(actor: Actor, row: Row[Any]) -> dict[str, Any]:
    """Return where a change came from, if it is the actor's own, was done to them, or they ask."""
    theirs = row.user_id == actor.user_id or (row.noun, row.noun_id) == (Noun.USER, actor.user_id)
    if actor.sight == Sight.EVERYONE or (theirs and Scope.ACCOUNT in actor.scopes):
        return {}
    return {"address": None, "user_agent": None}
