"""Instants and days, as people say them, in the visitor's timezone.

Templates give them as the API writes them: an instant with its offset, or a date.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import humanize
from flask import Flask
from flask_login import current_user

from todoapp.clock import utcnow
from todoapp.limits import OPEN_STATUSES
from todoapp.services import moments

Moment = str | date | datetime


def install(app: Flask) -> None:
    """Give templates the filters."""
    filters: dict[str, Callable[..., Any]] = {
        "iso": iso,
        "ago": ago,
        "exact": exact,
        "day": day,
        "due_state": due_state,
        "size": humanize.naturalsize,
        "count": humanize.intcomma,
    }
    for name, filter_ in filters.items():
        app.add_template_filter(filter_, name)


def iso(moment: Moment) -> str:
    """Return it for machines."""
    return moment if isinstance(moment, str) else moment.isoformat()


def ago(instant: str | datetime) -> str:
    """Return how long ago, or from now, an instant is."""
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    return humanize.naturaltime(instant, when=utcnow())


def exact(moment: Moment) -> str:
    """Return the day, and of an instant the time with its timezone."""
    local = _local(moment)
    if isinstance(local, datetime):
        return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S} {local.tzname()}"
    return f"{local:%a} {local.day} {local:%b %Y}"


def day(moment: Moment) -> str:
    """Return a day near today by its name, another by its date; of an instant also the time."""
    local = _local(moment)
    time = f" {local:%H:%M}" if isinstance(local, datetime) else ""
    return f"{_named(_date(local), _date(_now()))}{time}"


def due_state(todo: dict[str, Any]) -> str:
    """Return `overdue` or `today`, if an open todo is; else nothing."""
    if todo["due_date"] is None or todo["status"] not in OPEN_STATUSES:
        return ""
    return moments.standing(_local(todo["due_date"]), _now())


def _named(day: date, today: date) -> str:
    near = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}
    days = (day - today).days
    if days in near:
        return near[days]
    if 0 < days < 7:
        return f"{day:%A}"
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def _local(moment: Moment) -> date | datetime:
    """Return an instant in the visitor's timezone; a date is the same everywhere."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if "T" in moment else date.fromisoformat(moment)
    return moment.astimezone(_zone()) if isinstance(moment, datetime) else moment


def _date(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _now() -> datetime:
    return utcnow().astimezone(_zone())


def _zone() -> ZoneInfo:
    zone: ZoneInfo = current_user.actor.zone
    return zone
