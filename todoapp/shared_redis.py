"""The Redis in which all hosts count together, and which may be away at any time.

No request waits for it long: a call gives up after a tenth of a second, and after a failure nobody
asks again for some seconds, but goes on without.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

#: Seconds to wait for a connection, and for an answer.
PATIENCE = 0.1
#: Seconds for which nobody asks after a failure.
PAUSE = 3.0

T = TypeVar("T")


class Away(Exception):
    """It does not answer now: do without."""


class SharedRedis:
    """One client, for all threads of a process."""

    def __init__(self, url: str) -> None:
        # Here, since it takes a twelfth of a cold start to import, and most do without.
        import redis  # noqa: PLC0415

        self._error = redis.RedisError
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),  # the default waits for seconds
        )
        self._lock = threading.Lock()
        self._away_until = 0.0

    def ask(self, question: Callable[[Any], T]) -> T:
        """Return what `question` gives when called with the client. Raises Away."""
        if self._away_until:
            self._try_again()
        try:
            answer = question(self._client)
        except self._error as error:
            self._away_until = time.monotonic() + PAUSE
            raise Away from error
        self._away_until = 0.0
        return answer

    def _try_again(self) -> None:
        """Let one thread ask when the pause is over; the others go on without, till it knows."""
        with self._lock:
            now = time.monotonic()
            if now < self._away_until:
                raise Away
            self._away_until = now + PAUSE
