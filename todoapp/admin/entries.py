"""Entries of the change log as a page shows them: by day, what one call did together."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from flask_login import current_user

from todoapp.limits import OPERATION_COUNT_MAX, Action

Change = Mapping[str, Any]

#: Of what one call did so much is shown; the rest is a link away.
SHOWN_MAX = 3


class Group(NamedTuple):
    """What one call did, or the beginning of it."""

    operation_id: str
    entries: Sequence[Change]
    #: How many more changes it made.
    more: int
    #: Whether it made so many that not all were counted.
    has_many: bool

    @property
    def can_undo(self) -> bool:
        """Whether all of it that is shown is of a kind that can be taken back."""
        return all(entry["can_undo"] for entry in self.entries)


class Day(NamedTuple):
    """What was done on a day of the visitor's."""

    date: datetime.date
    groups: list[Group]


def by_day(changes: Iterable[Change], *, whole: bool = False) -> list[Day]:
    """Return `changes` (of services.activity, newest first) by day; `whole`: all are shown."""
    zone = current_user.actor.zone
    days = groupby(changes, lambda change: change["at"].astimezone(zone).date())
    return [Day(day, list(_groups(some, whole=whole))) for day, some in days]


def _groups(changes: Iterable[Change], *, whole: bool) -> Iterable[Group]:
    for operation_id, some in groupby(changes, lambda change: change["operation_id"]):
        together = list(some)
        # What a call does first matters most: the todo, then those below it.
        told = _without_departures(together if whole else together[::-1])
        shown = told if whole else told[:SHOWN_MAX]
        count = together[0]["operation_changes"]
        more = 0 if whole else count - (len(together) - len(told)) - len(shown)
        yield Group(operation_id, shown, more, count >= OPERATION_COUNT_MAX)


def _without_departures(entries: list[Change]) -> list[Change]:
    """Leave out that a thing left a list where it is told into which one it came."""
    came = {(one["noun"], one["noun_id"]) for one in entries if one["action"] == Action.ENTER}
    return [
        one
        for one in entries
        if one["action"] != Action.LEAVE or (one["noun"], one["noun_id"]) not in came
    ]
