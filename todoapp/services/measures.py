"""What the database knows of the service, for those who watch it: numbers, and nobody's todos.

It is asked every few seconds, so nothing is counted here that grows with the todos.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from todoapp.db import forget_connections, reader
from todoapp.limits import Status
from todoapp.models import TodoCount
from todoapp.services.health import UNREACHABLE


@dataclass(frozen=True)
class Measures:
    """The numbers of one moment."""

    #: By status; those in the trash are not counted.
    todos: Mapping[str, int]


def now() -> Measures | None:
    """Return the numbers of now; None: the database cannot be asked."""
    for _ in range(2):
        try:
            return _measure()
        except UNREACHABLE:
            forget_connections()  # the next may be alive
    return None


def _measure() -> Measures:
    return Measures(todos=_todos())


_TODOS = select(*(func.sum(getattr(TodoCount, status)) for status in Status))


def _todos() -> Mapping[str, int]:
    row = reader().execute(_TODOS).one()
    return {status.value: int(count or 0) for status, count in zip(Status, row, strict=True)}
