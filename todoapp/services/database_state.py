"""What the database is, and how much is in it, found out without counting a million of anything.

Todos were counted when they were written (models.todo_count), and what there are few of is counted
now, the trash by an index of its own. The log grows at its end and is pruned at its beginning: from
one to the other is its length, but for ids that were taken back. Days are ranges of indexes.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select, text

from todoapp.clock import utcnow
from todoapp.db import reader
from todoapp.installation import settings
from todoapp.limits import Status
from todoapp.models import ApiKey, Change, Todo, TodoCount, TodoList, User, UserSession
from todoapp.models.todo import TRASHED
from todoapp.services import moments, sessions

#: How many days of growth are told, today included.
DAYS = 14


@dataclass(frozen=True)
class Server:
    """The engine behind the service."""

    #: `SQLite` or `PostgreSQL`.
    engine: str
    version: str
    #: Of all that the database takes, in bytes.
    size: int
    #: What is left beside it, in bytes; None: it is on another host.
    free: int | None
    #: How much its clock is ahead of ours, in seconds.
    clock_ahead: float


_POSTGRESQL = text(
    "SELECT current_setting('server_version'), pg_database_size(current_database()),"
    " clock_timestamp()"
)
_SQLITE = text("SELECT sqlite_version(), strftime('%Y-%m-%d %H:%M:%f', 'now')")


def server() -> Server:
    """Return what the engine says of itself."""
    connection = reader()
    began = utcnow()
    if connection.dialect.name == "sqlite":
        version, told = connection.execute(_SQLITE).one()
        clock = datetime.fromisoformat(told).replace(tzinfo=UTC)
        path = Path(str(settings().url.database))
        size, free = _size(path), shutil.disk_usage(path.parent).free
        return Server("SQLite", version, size, free, _ahead(clock, began))
    version, size, clock = connection.execute(_POSTGRESQL).one()
    return Server("PostgreSQL", version, size, None, _ahead(clock, began))


def _ahead(clock: datetime, began: datetime) -> float:
    """Return how much `clock`, which was read since `began`, goes ahead: 0 within that time."""
    ahead, took = clock - began, utcnow() - began
    return (min(ahead, timedelta()) + max(ahead - took, timedelta())).total_seconds()


def _size(path: Path) -> int:
    """Return the size of the file and of what is yet to be taken over into it."""
    files = (path.with_name(path.name + end) for end in ("", "-wal", "-shm"))
    return sum(file.stat().st_size for file in files if file.exists())


@dataclass(frozen=True)
class Number:
    """How many there are of something."""

    name: str
    count: int
    #: A little less may be there.
    is_estimate: bool = False


def numbers(now: datetime) -> Sequence[Number]:
    """Return how much there is, in one statement."""
    counted = _counts(now)
    row = reader().execute(select(*(count.label(name) for name, count in counted.items()))).one()
    return [Number(name, int(row._mapping[name] or 0), name == "changes") for name in counted]


def _counts(now: datetime) -> Mapping[str, ColumnElement[Any]]:
    live: Any = sum(getattr(TodoCount, status) for status in Status)
    alive = sessions.is_alive(now, now - settings().session_idle)
    works = and_(
        ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)
    )
    # Each by itself: SQLite finds both ends of an index only if it is not asked for both at once.
    newest, oldest = (select(end(Change.id)).scalar_subquery() for end in (func.max, func.min))
    selects = {
        "todos": select(func.sum(live)),
        "todos_in_trash": select(func.count()).select_from(Todo).where(text(TRASHED)),
        "lists": select(func.count()).select_from(TodoList),
        "people": select(func.count()).select_from(User).where(User.deleted_at.is_(None)),
        "sessions": select(func.count()).select_from(UserSession).where(alive),
        "keys": select(func.count()).select_from(ApiKey).where(works),
        "changes": select(newest - oldest + 1),
    }
    return {name: one.scalar_subquery() for name, one in selects.items()}


@dataclass(frozen=True)
class Day:
    """What came on a day."""

    date: date
    #: Those that were not deleted for good since.
    todos: int
    changes: int


def growth(zone: ZoneInfo, now: datetime) -> Sequence[Day]:
    """Return what came on each of the last days of a timezone, the oldest first."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(ago) for ago in range(DAYS - 1, -1, -1)]
    row = reader().execute(select(*(part for day in days for part in _came(day, zone)))).one()
    return [Day(day, row[2 * index], row[2 * index + 1]) for index, day in enumerate(days)]


def _came(day: date, zone: ZoneInfo) -> Iterator[ColumnElement[int]]:
    start, end = moments.midnight(day, zone), moments.midnight(day + timedelta(days=1), zone)
    for column in (Todo.created_at, Change.at):
        within = (column >= start, column < end)
        yield select(func.count(column)).where(*within).scalar_subquery()
