"""What the parameters of a list of todos select.

Each filter is split in two: a *variant*, which fixes the shape of the SQL, and the values bound to
it. A statement is built once for each combination of variants and kept. The variant of a parameter
is a word, that of a text in the filter language a tree of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, select

from todoapp.column_types import UtcDateTime
from todoapp.db import reader
from todoapp.errors import BadFilter, Forbidden
from todoapp.limits import OPEN_STATUSES, PRIORITY_RANKS, Status
from todoapp.models import Todo, TodoTag, User
from todoapp.services import filter_language, filter_terms, moments, todo_search
from todoapp.services.access import SEEN, Actor, Sight
from todoapp.text import Phrase, fold

#: The todo that a filter speaks of. An alias of the table, not of the entity: entities adapt their
#: columns at first use, and two threads at once have been seen to get the wrong table's.
candidate = Todo.__table__.alias("candidate")

#: What was changed since is little: clients that keep up ask for it, again and again.
LATELY = timedelta(days=7)

Bound = dict[str, Any]
Condition = ColumnElement[bool]
Variant = str | filter_language.Variant
Variants = tuple[Variant, ...]


def select_by(query: Mapping[str, Any], actor: Actor, now: datetime) -> tuple[Variants, Bound]:
    """Return the variants, in a fixed order, and the values that `query` (TodoQuery) asks for.

    The filter of the actor's key, if it has one, comes on top. Days are those of the actor's
    timezone; `now` says which of them is today. Raises BadFilter, and Forbidden when it is the
    key's filter that cannot be read any more.
    """
    variants: list[Variant] = []
    bound: Bound = {}
    query = filter_terms.apart(query)
    for name, bind in _BINDERS.items():
        if name in query:
            variant, values = bind(query[name], actor, now)
            variants.append(variant)
            bound |= values
    if actor.row_filter is not None:
        variant, values = _row_scope(actor, actor.row_filter, now)
        variants.append(variant)
        bound |= values
    return tuple(variants), bound


def _row_scope(actor: Actor, text: str, now: datetime) -> tuple[Variant, Bound]:
    """Return what the filter of the actor's key selects: nothing at all if it cannot be read."""
    try:
        return filter_language.bind(filter_language.parse(text), actor, now, "row")
    except BadFilter as error:  # such as one from before the language has changed
        raise Forbidden(
            f"The filter of this key cannot be read any more: {error.detail} Make another key.",
            code="limited-key",
        ) from None


def condition(variant: Variant) -> Condition:
    """Return the SQL of one variant."""
    if not isinstance(variant, str):
        return filter_language.condition(candidate, variant)
    name, _, count = variant.partition("*")
    return COUNTED[name](int(count)) if count else CONDITIONS[name]()


def is_search(variants: Iterable[Variant]) -> bool:
    """Tell whether a full text search is among the variants."""
    return any(isinstance(word, str) and word.startswith("search ") for word in variants)


def without_index(variants: Iterable[Variant], dialect: str) -> Variants:
    """Return the variants that ask the same, but read the words of each todo."""
    return tuple(f"words {dialect}" if is_search((word,)) else word for word in variants)


def reads_words(variants: Iterable[Variant]) -> bool:
    """Tell whether `without_index` has made these of a search."""
    return any(isinstance(word, str) and word.startswith("words ") for word in variants)


def is_visible(variants: Iterable[Variant], sight: Sight) -> Condition:
    """Return the condition that the actor, bound as `Actor.bound`, sees the todo.

    A search has an index of its own that knows the lists: the sum keeps the others out of it.
    """
    list_id = candidate.c.list_id
    return (list_id + 0 if is_search(variants) else list_id).in_(SEEN[sight])


def _param(name: str, column: Any) -> Any:
    return bindparam(name, type_=column.type)


def nth(name: str, index: int) -> str:
    """Return the name of one of several parameters; SQLAlchemy names its own `status_1`."""
    return f"{name}_no_{index}"


def _instant(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())


def _user(name: str) -> Any:
    return select(User.id).where(User.username == bindparam(name)).scalar_subquery()


def has_tag(todo_id: ColumnElement[int], index: int) -> Condition:
    """Return the condition that the todo has this one of the tags asked for."""
    tag = select(TodoTag.todo_id).where(TodoTag.key == bindparam(nth("tags", index)))
    return tag.where(TodoTag.todo_id == todo_id).correlate_except(TodoTag).exists()


def _all_tags(count: int) -> Condition:
    return and_(*(has_tag(candidate.c.id, index) for index in range(count)))


def _any_of(name: str, count: int) -> Condition:
    return candidate.c[name].in_([bindparam(nth(name, index)) for index in range(count)])


def is_open() -> Condition:
    """Return the condition word for word as its index has it, which is found by nothing else."""
    return candidate.c.status.in_([literal_column(f"'{status}'") for status in OPEN_STATUSES])


def _overdue() -> Condition:
    return and_(is_open(), moments.due(candidate, "<", "instant", "now"))


#: The SQL of each variant that has a count, such as `tags*2`.
COUNTED: dict[str, Callable[[int], Condition]] = {
    "status": lambda count: _any_of("status", count),
    "priority": lambda count: _any_of("priority", count),
    "tags": _all_tags,
}
#: The SQL of every other variant.
CONDITIONS: dict[str, Callable[[], Condition]] = {
    "completed": lambda: candidate.c.status == Status.COMPLETED,
    "not completed": lambda: candidate.c.status != Status.COMPLETED,
    "list": lambda: candidate.c.list_id == _param("list_id", candidate.c.list_id),
    "assigned": lambda: candidate.c.assigned_to_id == _user("assigned_to"),
    "assigned to none": lambda: candidate.c.assigned_to_id.is_(None),
    "creator": lambda: candidate.c.created_by_id == _user("created_by"),
    "due": lambda: candidate.c.due_key.is_not(None),
    "due none": lambda: candidate.c.due_key.is_(None),
    "due overdue": _overdue,
    "due today": lambda: moments.due(candidate, "=", "day", "today"),
    **{
        f"{name} {form}": partial(moments.due, candidate, operator, form, name)
        for name, operator in (("due_before", "<"), ("due_after", ">"))
        for form in ("day", "instant")
    },
    "child": lambda: candidate.c.parent_id == _param("parent_id", candidate.c.parent_id),
    "root": lambda: candidate.c.parent_id.is_(None),
    **dict.fromkeys(
        ("updated", "updated lately"),
        lambda: candidate.c.updated_at >= _instant("updated_since"),
    ),
    "live": lambda: candidate.c.deleted_at.is_(None),
    "trashed": lambda: candidate.c.deleted_at.is_not(None),
    **{
        f"search {dialect} {sight}": partial(matches, candidate, sight)
        for dialect, matches in todo_search.MATCHES.items()
        for sight in Sight
    },
    **{
        f"words {dialect}": partial(holds, candidate)
        for dialect, holds in todo_search.HOLDS.items()
    },
}


def _bind_each(name: str, values: Iterable[Any]) -> tuple[str, Bound]:
    """Return the variant and the values of a filter that takes several, each of them once."""
    bound = {nth(name, index): value for index, value in enumerate(dict.fromkeys(values))}
    return f"{name}*{len(bound)}", bound


def _bind_assigned(name: str, actor: Actor, _now: datetime) -> tuple[str, Bound]:
    if name == "none":
        return "assigned to none", {}
    return "assigned", {"assigned_to": actor.username if name == "me" else name}


def _bind_creator(name: str, actor: Actor, _now: datetime) -> tuple[str, Bound]:
    return "creator", {"created_by": actor.username if name == "me" else name}


def _bind_due(word: str, actor: Actor, now: datetime) -> tuple[str, Bound]:
    if word in ("any", "none"):
        return "due" if word == "any" else "due none", {}
    if word == "overdue":
        return "due overdue", moments.bind(now, actor.zone, "now")[1]
    return "due today", moments.bind(now.astimezone(actor.zone).date(), actor.zone, "today")[1]


def _bind_due_date(
    name: str, due: date | datetime, actor: Actor, _now: datetime
) -> tuple[str, Bound]:
    form, bound = moments.bind(due, actor.zone, name)
    return f"{name} {form}", bound


def _bind_updated(since: datetime, _actor: Actor, now: datetime) -> tuple[str, Bound]:
    variant = "updated lately" if since > now - LATELY else "updated"
    return variant, {"updated_since": since}


def _bind_search(phrases: Sequence[Phrase], actor: Actor, _now: datetime) -> tuple[str, Bound]:
    dialect = reader().dialect.name
    return f"search {dialect} {actor.sight}", todo_search.bind(phrases, dialect)


def _bind_parent(word: str, _actor: Actor, _now: datetime) -> tuple[str, Bound]:
    return ("root", {}) if word == "none" else ("child", {"parent_id": int(word)})


_BINDERS: dict[str, Callable[[Any, Actor, datetime], tuple[Variant, Bound]]] = {
    "status": lambda words, *_: _bind_each("status", map(str, words)),
    "completed": lambda yes, *_: ("completed" if yes else "not completed", {}),
    "priority": lambda names, *_: _bind_each("priority", (PRIORITY_RANKS[n] for n in names)),
    "tags": lambda names, *_: _bind_each("tags", map(fold, names)),
    "list_id": lambda list_id, *_: ("list", {"list_id": list_id}),
    "assigned_to": _bind_assigned,
    "created_by": _bind_creator,
    "due": _bind_due,
    "due_before": partial(_bind_due_date, "due_before"),
    "due_after": partial(_bind_due_date, "due_after"),
    "parent_id": _bind_parent,
    "updated_since": _bind_updated,
    "filter": partial(filter_language.bind, prefix="filter"),
    "view_filter": partial(filter_language.bind, prefix="view"),
    "q": _bind_search,
    "trashed": lambda yes, *_: ("trashed" if yes else "live", {}),
}
