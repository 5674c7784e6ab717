"""Timing parts of a request while it runs, each without the parts inside of it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

#: An object, and the attribute of it that is called.
Place = tuple[Any, str]


class Probes:
    """What was spent in each part, in nanoseconds, since `take` was called last."""

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self._clock = clock
        self._spent: dict[str, int] = defaultdict(int)
        #: For each timed call under way: what was spent in those inside of it.
        self._inside: list[int] = []

    def take(self) -> dict[str, int]:
        """Return what was spent, and begin anew."""
        spent, self._spent = self._spent, defaultdict(int)
        return spent

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function`, its time counted for `part`."""

        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            self._inside.append(0)
            started = self._clock()
            try:
                return function(*arguments, **named)
            finally:
                took = self._clock() - started
                self._spent[part] += took - self._inside.pop()
                if self._inside:
                    self._inside[-1] += took

        return call

    @contextmanager
    def placed(self, places: dict[str, list[Place]]) -> Iterator[None]:
        """Time what `places` names, by part, as long as the block runs."""
        # Looked up before anything is replaced: an instance's method may be its class's as well.
        found = [
            (owner, name, self.timed(part, getattr(owner, name)))
            for part, some in places.items()
            for owner, name in some
        ]
        with ExitStack() as stack:
            for owner, name, timed in found:
                stack.enter_context(patch.object(owner, name, timed))
            yield
