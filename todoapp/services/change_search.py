"""Finding the newest of the changes that filters select, among those that an actor sees.

Each way to see changes (`change_rows.ways`) is gone by itself, newest first and by an index of its
own, and stops when a page is full; then they are merged. What happened in lists is merged from the
newest of each list: by LATERAL on PostgreSQL, by SQLite itself if it is told the index.

A filter that leaves little has an index, which is then gone instead. For days and instants the
first and the last change within them are looked up, in an index that has nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, TextClause, func, literal, select, text, true, tuple_, union

from todoapp.db import reader
from todoapp.models import Change, User
from todoapp.models.change import UNUSUAL_ACTION, UNUSUAL_NOUN, USUAL_ACTIONS, USUAL_NOUNS
from todoapp.services import change_rows, moments
from todoapp.services.access import SEATS, Actor
from todoapp.services.change_rows import Condition, Way

#: In which index a filter finds its changes, the narrowest first.
_INDEXES = {
    "operation_id": "ix_change_operation_id",
    "noun_id": "ix_change_noun_noun_id_id",
    "action": "ix_change_unusual_action",
    "noun": "ix_change_unusual_noun",
    "list_id": "ix_change_list_id_id",
    "user_id": "ix_change_user_id_id",
}
#: Those that leave many: the index begins with the column, and goes on with the id.
_LEADING = ("action", "noun", "list_id", "user_id")
#: What most changes are, and that one is something else, word for word as the indexes have it:
#: else they are not found by these.
_USUAL = {"action": USUAL_ACTIONS, "noun": USUAL_NOUNS}
_UNUSUAL = {"action": UNUSUAL_ACTION, "noun": UNUSUAL_NOUN}
_Ids = Select[tuple[int]]


@dataclass(frozen=True)
class _Search:
    """What is looked for."""

    actor: Actor
    #: The filters; `user_id` instead of `actor`.
    wanted: Mapping[str, Any]
    #: All that they select.
    changes: _Ids
    #: The first and the last that may be found.
    span: tuple[int, int]
    limit: int

    def go(self, way: Way) -> _Ids:
        """Return the select of the newest that are seen in one way."""
        narrow = (name for name in _INDEXES if _is_narrow(name, self.wanted))
        name = None if way.is_narrow else next(narrow, None)
        if name is None and way.is_by_list and reader().dialect.name == "postgresql":
            return self._merged()
        index = _INDEXES[name] if name else way.by_index
        changes = self.changes.where(way.which).with_hint(Change, index or "", "sqlite")
        if name in _LEADING:
            return self._first_of(changes, getattr(Change, name), self.wanted[name])
        return self._first(changes.where(Change.id.between(*self.span)), Change.id)

    def _merged(self) -> _Ids:
        seat = SEATS[self.actor.sight]
        of_list = self._first_of(self.changes, Change.list_id, seat.c.list_id)
        top = of_list.correlate(seat).lateral("top")
        merged = select(top.c.id).select_from(seat).join(top, true())
        return self._first(merged, top.c.id).params(self.actor.bound)

    def _first_of(self, changes: _Ids, column: Any, value: Any) -> _Ids:
        """Return the newest that have a value in a column.

        It is said in such a way that only an index of that column has them in order: in that of
        the ids, PostgreSQL would look for a few old ones by going through the whole log.
        """
        place, (first, last) = tuple_(column, Change.id), self.span
        within = (place >= tuple_(value, literal(first)), place <= tuple_(value, literal(last)))
        return self._first(changes.where(*within), column, Change.id)

    def _first(self, ids: _Ids, *columns: Any) -> _Ids:
        return ids.order_by(*(column.desc() for column in columns)).limit(self.limit)


def newest(actor: Actor, query: Mapping[str, Any], before: int | None, limit: int) -> _Ids:
    """Return the select of the ids of the newest changes that `query` (ActivityQuery) selects."""
    wanted = {**query, **_person(actor, query)}
    times = list(_times(query, actor.zone))
    changes = select(Change.id).where(*_conditions(wanted), *times)
    search = _Search(actor, wanted, changes, _span(times, before), limit)
    ways = map(search.go, change_rows.ways(actor))
    found = union(*(select(way.subquery().c.id) for way in ways)).subquery()
    return select(found.c.id).order_by(found.c.id.desc()).limit(limit)


def _person(actor: Actor, query: Mapping[str, Any]) -> Mapping[str, int]:
    """Return the id of whom the query names, if it does: PostgreSQL plans for those asked for."""
    if "actor" not in query:
        return {}
    name = actor.username if query["actor"] == "me" else query["actor"]
    return {"user_id": reader().scalar(select(User.id).where(User.username == name)) or 0}


def _is_narrow(name: str, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a filter is given, and not for what most changes are."""
    return name in wanted and wanted[name] not in _USUAL.get(name, ())


def _conditions(wanted: Mapping[str, Any]) -> Iterator[Condition | TextClause]:
    for name in ("noun", "noun_id", "list_id", "action", "operation_id", "user_id"):
        if name in wanted:
            yield getattr(Change, name) == wanted[name]
    if "without_operation_id" in wanted:
        yield Change.operation_id != wanted["without_operation_id"]
    for name, unusual in _UNUSUAL.items():
        if _is_narrow(name, wanted):
            yield text(unusual)


def _times(query: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Condition]:
    """Yield the conditions on the time; a day is meant whole."""
    if "since" in query:
        since = query["since"]
        is_instant = isinstance(since, datetime)
        yield Change.at >= (since if is_instant else moments.midnight(since, zone))
    if "until" in query:
        until = query["until"]
        if isinstance(until, datetime):
            yield Change.at <= until
        else:
            yield Change.at < moments.midnight(until + timedelta(days=1), zone)


def _span(times: Sequence[Condition], before: int | None) -> tuple[int, int]:
    """Return the ids of the first and the last change at these times and before another."""
    first, last = 0, _BEYOND if before is None else before - 1
    if times:
        # By a sum, since for a plain id the databases would go through the log in its order.
        some_id = Change.id + 0
        ends = select(func.min(some_id), func.max(some_id)).where(*times)
        earliest, latest = reader().execute(ends).one()
        first, last = earliest or 0, min(latest or 0, last)
    return first, last


#: Above every id.
_BEYOND = 2**62
