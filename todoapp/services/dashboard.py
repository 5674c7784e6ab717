"""What a person finds first: their numbers, each with the todos that it counts, and the news."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from todoapp.limits import OPEN_STATUSES, Noun
from todoapp.schemas.activity import ActivityQuery
from todoapp.schemas.stats import StatsQuery
from todoapp.services import activity, stats
from todoapp.services.access import Actor

#: How many of the newest changes are told.
NEWS = 10

_OPEN = {"status": ",".join(OPEN_STATUSES)}


def read(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return the numbers of services.stats, those of the week, and the newest changes of todos.

    A number is `{"count": 3, "query": {…}}`, where `query` (schemas.todo.TodoQuery) lists the todos
    that it counts. `is_empty`: there is not a single todo, the trash aside. Weeks begin on Monday
    (ISO 8601), in the actor's timezone. Raises Forbidden for a key that is limited to some todos.
    """
    told = stats.read(actor, StatsQuery.defaults(), now=now)
    wanted = {**ActivityQuery.defaults(), "noun": Noun.TODO, "page_size": NEWS}
    news, _ = activity.page(actor, wanted, None)
    return {
        "is_empty": not any(told["by_status"].values()),
        "open": _number(told["open"], _OPEN),
        "overdue": _number(told["overdue"], {"due": "overdue"}),
        "due_today": _number(told["due_today"], {"due": "today"}),
        "completed_this_week": _completed_since(_monday(actor, now), told["per_day"]),
        "per_day": [_day(day) for day in told["per_day"]],
        "busiest_lists": [_busy(one) for one in told["busiest_lists"]],
        "activity": news,
    }


def _number(count: int, query: Mapping[str, str]) -> dict[str, Any]:
    return {"count": count, "query": dict(query)}


def _filtered(count: int, text: str) -> dict[str, Any]:
    return _number(count, {"filter": text})


def _monday(actor: Actor, now: datetime) -> date:
    today = now.astimezone(actor.zone).date()
    return today - timedelta(days=today.weekday())


def _completed_since(first: date, days: list[Mapping[str, Any]]) -> dict[str, Any]:
    count = sum(day["completed"] for day in days if date.fromisoformat(day["date"]) >= first)
    return _filtered(count, f"completed_at >= {first}")


def _day(day: Mapping[str, Any]) -> dict[str, Any]:
    on = day["date"]
    created = _filtered(day["created"], f"created_at = {on}")
    return {
        "date": on,
        "created": created,
        "completed": _filtered(day["completed"], f"completed_at = {on}"),
    }


def _busy(one: Mapping[str, Any]) -> dict[str, Any]:
    query = {"list_id": str(one["list_id"]), **_OPEN}
    return {"name": one["name"], **_number(one["open"], query)}
