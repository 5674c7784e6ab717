"""Todos with a tag, found by the index of tags and not by a look at every todo.

The first of the tags asked for leads the way. It tells the list, the age and whether the todo is in
the trash; what else is asked is asked of the todo. That is worth it for a tag of few todos only: to
go through the todos, of which many have the tag, takes less than to look up each that has it. So
the counts of the tags are read first, where it matters.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, exists, false, func, select, true

from todoapp.models import TagCount, TodoTag
from todoapp.prepared import Prepared
from todoapp.services.access import SEEN, Sight
from todoapp.services.filters import (
    Bound,
    Condition,
    Variant,
    Variants,
    candidate,
    condition,
    has_tag,
    nth,
)

#: A table, not an entity, since threads share it.
tagged = TodoTag.__table__.alias("tagged")
INDEX = "ix_todo_tag_list_key"

#: So many todos, at most, are looked up and sorted sooner than what is in order is gone through.
FEW = 500
_counts = TagCount.__table__

#: What the tag itself can tell.
_TOLD: dict[str, Callable[[], Condition]] = {
    "live": lambda: tagged.c.is_live == true(),
    "trashed": lambda: tagged.c.is_live == false(),
    "list": lambda: tagged.c.list_id == bindparam("list_id", type_=tagged.c.list_id.type),
}


def tag_count(variants: Variants) -> int:
    """Return how many tags are asked for."""
    asked = (v for v in variants if isinstance(v, str) and v.startswith("tags*"))
    return int(next(asked, "tags*0").removeprefix("tags*"))


def have_few(variants: Variants, sight: Sight, bound: Bound) -> bool:
    """Tell whether few of the todos seen have the rarest of the tags, which is bound as the first.

    The trash is not counted, and to count everybody's tags would take longer than it is worth.
    """
    count = tag_count(variants)
    if not count or "live" not in variants or sight == Sight.EVERYONE:
        return False
    names = [nth("tags", index) for index in range(count)]
    uses: dict[str, int] = dict(_uses(count, sight).all(**bound))
    keys = sorted((bound[name] for name in names), key=lambda key: uses.get(key, 0))
    bound |= dict(zip(names, keys, strict=True))
    return bool(uses.get(keys[0], 0) <= FEW)


@lru_cache(maxsize=256)
def _uses(count: int, sight: Sight) -> Prepared:
    keys: list[Any] = [bindparam(nth("tags", index)) for index in range(count)]
    uses = select(_counts.c.key, func.sum(_counts.c.uses))
    seen = uses.where(_counts.c.list_id.in_(SEEN[sight]), _counts.c.key.in_(keys))
    return Prepared(lambda _dialect: seen.group_by(_counts.c.key))


def among_few(variants: Variants, sight: Sight) -> list[Condition]:
    """Return the conditions on `candidate` of all variants, by the few that have the first tag."""
    few = select(tagged.c.todo_id).where(
        tagged.c.list_id.in_(SEEN[sight]), tagged.c.key == bindparam(nth("tags", 0))
    )
    return [candidate.c.id.in_(few), *(condition(variant) for variant in variants)]


def conditions(variants: Variants) -> list[Condition]:
    """Return the conditions on `tagged` of all variants."""
    told = [_TOLD[v]() for v in variants if isinstance(v, str) and v in _TOLD]
    others = [has_tag(tagged.c.todo_id, index) for index in range(1, tag_count(variants))]
    asked = [condition(variant) for variant in untold(variants)]
    of_todo = [exists().where(candidate.c.id == tagged.c.todo_id, *asked)] if asked else []
    return [tagged.c.key == bindparam(nth("tags", 0)), *told, *others, *of_todo]


def untold(variants: Variants) -> list[Variant]:
    """Return the variants that take a look at the todo."""
    return [
        variant
        for variant in variants
        if not isinstance(variant, str) or not (variant in _TOLD or variant.startswith("tags*"))
    ]
