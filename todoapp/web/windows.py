"""Counting in windows of time, in the memory of one process.

Written here because it runs in every request: the memory of the library `limits` takes 5 µs for a
count and what is left, ten times as long, and starts a thread a hundred times a second that goes
through all its keys.
"""

import threading
from collections import OrderedDict
from time import monotonic

#: So many callers are remembered; of more, those whose window began first are forgotten.
CALLERS_MAX = 50_000


class Windows:
    """Counts for each caller, in a window of `seconds` that its first request begins."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        #: The count and the end of each window, in the order of their ends.
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def count(self, caller: str) -> tuple[int, float]:
        """Count a request; return the count so far and how many seconds the window goes on."""
        now = monotonic()
        with self._lock:
            count, end = self._windows.get(caller, (0, now))
            if end <= now:
                self._make_room(caller, now)
                count, end = 0, now + self._seconds
            self._windows[caller] = (count + 1, end)
        return count + 1, end - now

    def _make_room(self, caller: str, now: float) -> None:
        """Forget the caller's last window, and two more that have ended or are too many.

        Two, as only one comes: so those that have ended go, however many they were.
        """
        self._windows.pop(caller, None)
        for _ in range(2):
            if not self._windows:
                return
            oldest = next(iter(self._windows))
            if self._windows[oldest][1] > now and len(self._windows) < CALLERS_MAX:
                return
            del self._windows[oldest]
