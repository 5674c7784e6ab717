"""Reading the change log: which changes an actor sees, and what of each."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, not_, or_, select, true

from todoapp.db import reader
from todoapp.limits import Action, Noun, Scope
from todoapp.models import ApiKey, Change, TodoList, User
from todoapp.services.access import Actor, Sight, visible_lists

Condition = ColumnElement[bool]
Shown = list[dict[str, Any]]


class Way(NamedTuple):
    """Why an actor sees some changes."""

    which: Condition
    #: Finds the newest of them; None: most changes are among them.
    by_index: str | None

    @property
    def is_by_list(self) -> bool:
        """Whether these happened in lists, each of which has many."""
        return self.by_index == _BY_LIST

    @property
    def is_narrow(self) -> bool:
        """Whether these are few."""
        return self.by_index not in (None, _BY_LIST)


_BY_LIST = "ix_change_list_id_id"
_BY_THING = "ix_change_noun_noun_id_id"
_BY_PERSON = "ix_change_personal"


def seen_by(actor: Actor) -> Condition:
    """What happened in the lists that the actor sees, which came and went, and personal views.

    With the scope account also what happened to the actor, to their keys and sessions.
    """
    return or_(*(way.which for way in ways(actor)))


def ways(actor: Actor) -> Sequence[Way]:
    """Return why the actor sees what they see; a change may be seen for several reasons."""
    if actor.sight == Sight.EVERYONE:
        not_personal = not_(and_(Change.noun == Noun.VIEW, Change.list_id.is_(None)))
        return [Way(or_(not_personal, Change.user_id == actor.user_id), None)]
    to_them = and_(Change.noun == Noun.USER, Change.noun_id == actor.user_id)
    if Scope.ACCOUNT not in actor.scopes:
        to_them &= Change.action.in_((Action.ENTER, Action.LEAVE))
    ways = [Way(in_lists(actor), _BY_LIST), Way(to_them, _BY_THING)]
    if own := _own(actor):
        by_them = and_(Change.user_id == actor.user_id, Change.list_id.is_(None))
        ways.append(Way(and_(by_them, Change.noun.in_(own)), _BY_PERSON))
    if Scope.ACCOUNT in actor.scopes:
        keys = select(ApiKey.id).where(ApiKey.user_id == actor.user_id)
        ways.append(Way(and_(Change.noun == Noun.API_KEY, Change.noun_id.in_(keys)), _BY_THING))
    return ways


def _own(actor: Actor) -> list[Noun]:
    """Return the nouns outside of lists to which nobody but their owner does anything."""
    sessions = [Noun.SESSION] if Scope.ACCOUNT in actor.scopes else []
    return [Noun.VIEW, *sessions] if actor.sight == Sight.OWN else sessions


def in_lists(actor: Actor) -> Condition:
    """Return the condition that a change happened in a list that the actor sees."""
    if actor.sight == Sight.EVERYONE:
        return true()
    return Change.list_id.in_(visible_lists(actor))


def rows() -> Select[Any]:
    """Return the select of changes as `shown` takes them, with the names of who and by what."""
    return (
        select(Change, User.username.label("actor"), ApiKey.name.label("key_name"))
        .outerjoin(User, User.id == Change.user_id)
        .outerjoin(ApiKey, ApiKey.id == Change.api_key_id)
    )


def shown(actor: Actor, rows: Sequence[Row[Any]]) -> Shown:
    """Return what the actor may know of changes that they see, as schemas.change.ChangeOut."""
    seen = _seen(actor, {row.diff["list_id"][0] for row in rows if _came_in(row)} - {None})
    return [_entry(row, seen) | _from_where(actor, row) for row in rows]


def _came_in(row: Row[Any]) -> bool:
    return row.action == Action.ENTER and bool(row.diff)


def _seen(actor: Actor, list_ids: Iterable[int]) -> frozenset[int]:
    """Return which of the lists the actor sees."""
    some = select(TodoList.id).where(TodoList.id.in_(list_ids))
    return frozenset(reader().scalars(some.where(TodoList.id.in_(visible_lists(actor)))))


def _entry(row: Row[Any], seen: frozenset[int]) -> dict[str, Any]:
    """Return one change; what a todo was before it came in, only its old list's members know."""
    diff = row.diff
    if _came_in(row) and diff["list_id"][0] not in seen:
        diff = {name: [None, new] for name, (_old, new) in diff.items()}
    key = row.api_key_id and {"id": row.api_key_id, "name": row.key_name}
    return {**row._mapping, "diff": diff, "api_key": key}


def _from_where(actor: Actor, row: Row[Any]) -> dict[str, Any]:
    """Return where a change came from, if it is the actor's own, was done to them, or they ask."""
    theirs = row.user_id == actor.user_id or (row.noun, row.noun_id) == (Noun.USER, actor.user_id)
    if actor.sight == Sight.EVERYONE or (theirs and Scope.ACCOUNT in actor.scopes):
        return {}
    return {"address": None, "user_agent": None}
