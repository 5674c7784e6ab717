"""Where attempts to log in are counted: in the database, or in the Redis that hosts share.

Each attempt is a mark under several keys, which ends by itself. Both places decide and mark in one
step that no other attempt under these keys can come between.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_

from todoapp.db import reader, unit_of_work, writer
from todoapp.models import LoginAttempt
from todoapp.shared_redis import SharedRedis

#: How many marks that have ended each new attempt takes away.
_CLEANED_AT_ONCE = 100


class DatabaseAttempts:
    """In the table login_attempt."""

    def knows(self, key: str, at: datetime) -> bool:
        """Tell whether there is a mark under `key`."""
        return _full_until(reader(), [key], 1, at) is not None

    def count(
        self, keys: list[str], attempt_id: str, most: int, at: datetime, ends_at: datetime
    ) -> datetime | None:
        """Mark the attempt, at once; or return when there will be fewer than `most` at each key.

        Those that are refused only read: somebody who goes on guessing keeps no writer waiting.
        """
        full_until = _full_until(reader(), keys, most, at)
        if full_until is not None:
            return full_until
        with unit_of_work():
            _lock(keys)
            full_until = _full_until(writer(), keys, most, at)
            if full_until is None:
                self.prune(at, _CLEANED_AT_ONCE)
                _mark(keys, attempt_id, ends_at)
        return full_until

    def take_back(self, keys: list[str], attempt_id: str, known: str, ends_at: datetime) -> None:
        """Remove the attempt's marks, and mark `known` until `ends_at`, when this is committed."""
        own = LoginAttempt.key.in_(keys) & (LoginAttempt.id == attempt_id)
        writer().execute(delete(LoginAttempt).where(own | (LoginAttempt.key == known)))
        _mark([known], attempt_id, ends_at)

    def prune(self, at: datetime, most: int) -> int:
        """Remove marks that have ended, no more than `most`; return how many. Waits for nobody."""
        identity: ColumnElement[Any] = tuple_(LoginAttempt.key, LoginAttempt.id)
        ended = (
            select(LoginAttempt.key, LoginAttempt.id)
            .where(LoginAttempt.ends_at <= at)
            .order_by(LoginAttempt.ends_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return writer().execute(delete(LoginAttempt).where(identity.in_(ended))).rowcount


def _full_until(
    connection: Connection, keys: list[str], most: int, at: datetime
) -> datetime | None:
    """Return when the last of `keys` that is full will not be; None: none is."""
    full: Any = (
        select(func.min(LoginAttempt.ends_at))
        .where(LoginAttempt.key.in_(keys), LoginAttempt.ends_at > at)
        .group_by(LoginAttempt.key)
        .having(func.count() >= most)
    )
    return max(connection.scalars(full), default=None)


def _lock(keys: list[str]) -> None:
    """Let nobody else count under `keys` until the commit. SQLite's writers are serial anyway."""
    connection = writer()
    if connection.dialect.name != "postgresql":
        return
    # In one order, lest two wait for each other.
    for number in sorted(int.from_bytes(bytes.fromhex(key)[:8], signed=True) for key in keys):
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def _mark(keys: list[str], attempt_id: str, ends_at: datetime) -> None:
    rows = [{"key": key, "id": attempt_id, "ends_at": ends_at} for key in keys]
    writer().execute(insert(LoginAttempt), rows)


#: Times are in milliseconds; ARGV: now, the end of the new mark, its id, how many may be.
_COUNT = """
local full_until = 0
for _, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[1])
    if redis.call('ZCARD', key) >= tonumber(ARGV[4]) then
        local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
        full_until = math.max(full_until, tonumber(first[2]))
    end
end
if full_until == 0 then
    for _, key in ipairs(KEYS) do
        redis.call('ZADD', key, ARGV[2], ARGV[3])
        redis.call('PEXPIRE', key, ARGV[2] - ARGV[1])
    end
end
return full_until
"""


class RedisAttempts:
    """In a sorted set for each key, ordered by the end; every method raises Away."""

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis

    def knows(self, key: str, at: datetime) -> bool:  # noqa: ARG002
        """Tell whether there is a mark under `key`."""
        return bool(self._redis.ask(lambda client: client.exists(_named(key))))

    def count(
        self, keys: list[str], attempt_id: str, most: int, at: datetime, ends_at: datetime
    ) -> datetime | None:
        """Mark the attempt; or return when there will be fewer than `most` at each key."""
        values = (_milliseconds(at), _milliseconds(ends_at), attempt_id, most)
        full_until: int = self._redis.ask(
            lambda client: client.eval(_COUNT, len(keys), *map(_named, keys), *values)
        )
        return datetime.fromtimestamp(full_until / 1000, UTC) if full_until else None

    def take_back(self, keys: list[str], attempt_id: str, known: str, ends_at: datetime) -> None:
        """Remove the attempt's marks, and mark `known` until `ends_at`."""

        def take(client: Any) -> None:
            with client.pipeline() as pipe:
                for key in keys:
                    pipe.zrem(_named(key), attempt_id)
                pipe.set(_named(known), 1, pxat=_milliseconds(ends_at))
                pipe.execute()

        self._redis.ask(take)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _named(key: str) -> str:
    """Return the key as it stands among those of others who use the Redis."""
    return f"todoapp:login:{key}"
