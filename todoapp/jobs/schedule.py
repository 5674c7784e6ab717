"""When periodic jobs are run: in which period a moment lies."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

#: Returns the beginning of the present period; None: there is none. A job is run once in each.
Schedule = Callable[[datetime], datetime | None]


def hourly(at: datetime) -> datetime:
    """Return the beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def daily(when: time) -> Schedule:
    """Return the schedule of days that begin at `when`, in UTC."""

    def beginning(at: datetime) -> datetime:
        today = datetime.combine(at.date(), when, at.tzinfo)
        return today if today <= at else today - timedelta(days=1)

    return beginning


def slot(beginning: datetime) -> str:
    """Return how the period is named in the queue."""
    return f"{beginning:%Y-%m-%dT%H:%MZ}"
