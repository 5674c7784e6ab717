"""What the parameters of a list of todos select.

Each filter is split in two: a *variant*, a word that fixes the shape of the SQL, and the values
bound to it. A statement is built once for each combination of variants and kept.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from todoapp.db import UtcDateTime
from todoapp.limits import OPEN_STATUSES, PRIORITY_RANKS, Status
from todoapp.models import Todo, TodoTag, User
from todoapp.services.access import Actor
from todoapp.text import fold

#: The todo that a filter speaks of. An alias of the table, not of the entity: entities adapt their
#: columns at first use, and two threads at once have been seen to get the wrong table's.
candidate = Todo.__table__.alias("candidate")

Bound = dict[str, Any]
Condition = ColumnElement[bool]


def select_by(
    query: Mapping[str, Any], actor: Actor, now: datetime
) -> tuple[tuple[str, ...], Bound]:
    """Return the variants, in a fixed order, and the values that `query` (TodoQuery) asks for.

    Days are those of the actor's timezone; `now` says which of them is today.
    """
    variants: list[str] = []
    bound: Bound = {}
    for name, bind in _BINDERS.items():
        if name in query:
            variant, values = bind(query[name], actor, now)
            variants.append(variant)
            bound |= values
    return tuple(variants), bound


def condition(variant: str) -> Condition:
    """Return the SQL of one variant."""
    name, _, count = variant.partition("*")
    return _all_tags(int(count)) if count else CONDITIONS[name]()


def _param(name: str, column: Any) -> Any:
    return bindparam(name, type_=column.type)


def _instant(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())


def _user(name: str) -> Any:
    return select(User.id).where(User.username == bindparam(name)).scalar_subquery()


def _all_tags(count: int) -> Condition:
    return and_(
        *(
            select(TodoTag.todo_id)
            .where(TodoTag.todo_id == candidate.c.id, TodoTag.key == bindparam(f"tag_{index}"))
            .exists()
            for index in range(count)
        )
    )


def _due_before_day() -> Condition:
    return or_(
        candidate.c.due_on < bindparam("before_day"), candidate.c.due_at < _instant("before")
    )


def _due_after_day() -> Condition:
    return or_(candidate.c.due_on > bindparam("after_day"), candidate.c.due_at >= _instant("after"))


def _due_after_instant() -> Condition:
    return or_(candidate.c.due_on >= bindparam("after_day"), candidate.c.due_at > _instant("after"))


def _overdue() -> Condition:
    late = or_(candidate.c.due_at < _instant("now"), candidate.c.due_on < bindparam("today"))
    return and_(candidate.c.status.in_(OPEN_STATUSES), late)


def _due_today() -> Condition:
    within = and_(
        candidate.c.due_at >= _instant("day_start"), candidate.c.due_at < _instant("day_end")
    )
    return or_(candidate.c.due_on == bindparam("today"), within)


#: The SQL of each variant.
CONDITIONS: dict[str, Callable[[], Condition]] = {
    "status": lambda: candidate.c.status.in_(bindparam("status", expanding=True)),
    "completed": lambda: candidate.c.status == Status.COMPLETED,
    "not completed": lambda: candidate.c.status != Status.COMPLETED,
    "priority": lambda: candidate.c.priority.in_(bindparam("priority", expanding=True)),
    "list": lambda: candidate.c.list_id == _param("list_id", candidate.c.list_id),
    "assigned": lambda: candidate.c.assigned_to_id == _user("assigned_to"),
    "assigned to none": lambda: candidate.c.assigned_to_id.is_(None),
    "creator": lambda: candidate.c.created_by_id == _user("created_by"),
    "due": lambda: candidate.c.due_key.is_not(None),
    "due none": lambda: candidate.c.due_key.is_(None),
    "due overdue": _overdue,
    "due today": _due_today,
    "due before": _due_before_day,
    "due after day": _due_after_day,
    "due after instant": _due_after_instant,
    "child": lambda: candidate.c.parent_id == _param("parent_id", candidate.c.parent_id),
    "root": lambda: candidate.c.parent_id.is_(None),
    "updated": lambda: candidate.c.updated_at >= _instant("updated_since"),
    "live": lambda: candidate.c.deleted_at.is_(None),
    "trashed": lambda: candidate.c.deleted_at.is_not(None),
}


def _bind_tags(names: list[str], _actor: Actor, _now: datetime) -> tuple[str, Bound]:
    keys = list(dict.fromkeys(fold(name) for name in names))
    return f"tags*{len(keys)}", {f"tag_{index}": key for index, key in enumerate(keys)}


def _bind_assigned(name: str, actor: Actor, _now: datetime) -> tuple[str, Bound]:
    if name == "none":
        return "assigned to none", {}
    return "assigned", {"assigned_to": actor.username if name == "me" else name}


def _bind_creator(name: str, actor: Actor, _now: datetime) -> tuple[str, Bound]:
    return "creator", {"created_by": actor.username if name == "me" else name}


def _bind_due(word: str, actor: Actor, now: datetime) -> tuple[str, Bound]:
    if word in ("any", "none"):
        return "due" if word == "any" else "due none", {}
    today = now.astimezone(actor.zone).date()
    if word == "overdue":
        return "due overdue", {"now": now, "today": today}
    edges = {"day_start": _midnight(today, actor), "day_end": _midnight(_next(today), actor)}
    return "due today", {"today": today, **edges}


def _bind_due_before(due: date | datetime, actor: Actor, _now: datetime) -> tuple[str, Bound]:
    """A stored date counts as the end of its day, so it is before an instant of a later day."""
    if isinstance(due, datetime):
        return "due before", {"before_day": due.astimezone(actor.zone).date(), "before": due}
    return "due before", {"before_day": due, "before": _midnight(due, actor)}


def _bind_due_after(due: date | datetime, actor: Actor, _now: datetime) -> tuple[str, Bound]:
    if isinstance(due, datetime):
        day = due.astimezone(actor.zone).date()
        return "due after instant", {"after_day": day, "after": due}
    return "due after day", {"after_day": due, "after": _midnight(_next(due), actor)}


def _midnight(day: date, actor: Actor) -> datetime:
    """Return when the actor's `day` begins."""
    return datetime.combine(day, time(), actor.zone).astimezone(UTC)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _bind_parent(word: str, _actor: Actor, _now: datetime) -> tuple[str, Bound]:
    return ("root", {}) if word == "none" else ("child", {"parent_id": int(word)})


_BINDERS: dict[str, Callable[[Any, Actor, datetime], tuple[str, Bound]]] = {
    "status": lambda words, *_: ("status", {"status": words}),
    "completed": lambda yes, *_: ("completed" if yes else "not completed", {}),
    "priority": lambda names, *_: ("priority", {"priority": [PRIORITY_RANKS[n] for n in names]}),
    "tags": _bind_tags,
    "list_id": lambda list_id, *_: ("list", {"list_id": list_id}),
    "assigned_to": _bind_assigned,
    "created_by": _bind_creator,
    "due": _bind_due,
    "due_before": _bind_due_before,
    "due_after": _bind_due_after,
    "parent_id": _bind_parent,
    "updated_since": lambda instant, *_: ("updated", {"updated_since": instant}),
    "trashed": lambda yes, *_: ("trashed" if yes else "live", {}),
}
