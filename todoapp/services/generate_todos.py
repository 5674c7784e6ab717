"""Draws the rows of generated todos, in the order in which they were created."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from todoapp.limits import OPEN_STATUSES, PRIORITY_RANKS, Status
from todoapp.services import generate_text
from todoapp.services.generate_text import drawn
from todoapp.services.todo_values import columns, progress, tag_columns

Row = dict[str, Any]

#: Since when todos have been created.
SPAN = timedelta(days=730)
#: How many of a hundred.
_STATUSES = {
    Status.PENDING: 36,
    Status.IN_PROGRESS: 14,
    Status.ON_HOLD: 10,
    Status.COMPLETED: 37,
    Status.CANCELLED: 3,
}
_PRIORITIES = dict(zip(PRIORITY_RANKS, (20, 60, 15, 5), strict=True))
_DUE_SHARE = 0.5
#: Of what has a due date.
_INSTANT_SHARE = 0.3
#: Of what is open and has a due date, which is half: of what is open, three in a hundred.
_OVERDUE_SHARE = 0.06
_SUBTASK_SHARE = 0.1
_TRASH_SHARE = 0.05
_ASSIGNED = 0.4
#: Of what is pending.
_UNTOUCHED_SHARE = 0.6
#: How far ahead people plan.
_AHEAD = timedelta(days=90)


class Drawn(NamedTuple):
    """The rows of a todo, the columns in the same order in each."""

    row: Row
    tags: list[Row]


@dataclass
class Place:
    """A list, while its todos are drawn."""

    list_id: int
    subject: str
    #: Who may change the todos, the owner first.
    writers: list[int]
    #: How many todos there are already.
    count: int = 0
    #: The last todo that subtasks may be drawn for.
    parent_id: int | None = None


class Drawing:
    """Draws todos as of `now`, all from one generator of random numbers."""

    def __init__(self, random: Random, now: datetime) -> None:
        self._random, self._now = random, now

    def todos(self, count: int, first_id: int, places: Sequence[Place]) -> Iterator[Drawn]:
        """Draw `count` todos, spread evenly over the places, with consecutive ids."""
        for number in range(count):
            created_at = self._now - SPAN + SPAN * ((number + self._random.random()) / count)
            yield self._todo(first_id + number, places[number % len(places)], created_at)

    def _todo(self, todo_id: int, place: Place, created_at: datetime) -> Drawn:
        random = self._random
        status = drawn(random, _STATUSES)
        place.count += 1
        row = {
            "id": todo_id,
            "uid": self._uuid(created_at),
            "list_id": place.list_id,
            "position": float(place.count),
            "parent_id": place.parent_id if self._happens(_SUBTASK_SHARE) else None,
            "assigned_to_id": random.choice(place.writers) if self._happens(_ASSIGNED) else None,
            "created_by_id": random.choice(place.writers),
            **columns(self._values(place, status, created_at)),
            **self._life(status, created_at),
        }
        if row["parent_id"] is None and row["deleted_at"] is None:
            place.parent_id = todo_id
        tags = tag_columns(generate_text.tags(random), created_at)
        known = {
            "todo_id": todo_id,
            "list_id": place.list_id,
            "is_live": row["deleted_at"] is None,
        }
        return Drawn(row, [known | tag for tag in tags])

    def _values(self, place: Place, status: Status, created_at: datetime) -> Row:
        """Draw what somebody has written, named as the API does."""
        return {
            "title": generate_text.title(self._random, place.subject),
            "description": generate_text.description(self._random),
            "priority": drawn(self._random, _PRIORITIES),
            "due_date": self._due(status, created_at) if self._happens(_DUE_SHARE) else None,
        }

    def _due(self, status: Status, created_at: datetime) -> date | datetime:
        """Draw a day, or an instant on the hour."""
        is_instant = self._happens(_INSTANT_SHARE)
        if status not in OPEN_STATUSES:
            moment = self._between(created_at, created_at + _AHEAD)
        elif self._happens(_OVERDUE_SHARE):
            before_today = self._now - timedelta(days=2)
            moment = self._between(min(created_at, before_today), before_today)
        else:
            soonest = self._now + timedelta(days=is_instant)  # today's hours may be over
            moment = self._between(soonest, soonest + _AHEAD)
        if not is_instant:
            return moment.date()
        return moment.replace(hour=self._random.randint(7, 19), minute=0, second=0, microsecond=0)

    def _life(self, status: Status, created_at: datetime) -> Row:
        """Draw what has happened since, and when; most of it happens soon."""
        is_new = status == Status.PENDING and self._happens(_UNTOUCHED_SHARE)
        age = self._now - created_at
        changed_at = created_at if is_new else created_at + age * self._random.random() ** 3
        is_trashed = self._happens(_TRASH_SHARE)
        deleted_at = self._between(changed_at, self._now) if is_trashed else None
        return {
            "created_at": created_at,
            "updated_at": deleted_at or changed_at,
            "deleted_at": deleted_at,
            "trashed_by": self._uuid(deleted_at) if deleted_at else None,
            "version": 1 + (not is_new) + is_trashed,
            **progress(status, None, at=changed_at),
        }

    def _happens(self, share: float) -> bool:
        return self._random.random() < share

    def _between(self, start: datetime, end: datetime) -> datetime:
        return start + (end - start) * self._random.random()

    def _uuid(self, at: datetime) -> str:
        """Draw a UUID of version 7, which begins with the time (RFC 9562, 5.7)."""
        milliseconds, bits = int(at.timestamp() * 1000), self._random.getrandbits(76)
        return str(UUID(int=milliseconds << 80 | 7 << 76 | bits & ~(3 << 62) | 2 << 62))
