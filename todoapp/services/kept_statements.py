"""Statements that are kept, by the variants that fix their SQL.

Of those made of words there are so many and no more. A text of the filter language, though, can be
written in any number of ways, each of which may take half a megabyte: of these only a few are kept.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from sqlalchemy.util import LRUCache

from todoapp.services.filters import Variants

KEPT = 1024
KEPT_OF_TREES = 64

Statement = TypeVar("Statement")

#: Execution options of statements with trees. What is compiled of them is kept apart: among all the
#: others SQLAlchemy would keep 500 of whatever size.
APART: dict[str, Any] = {"compiled_cache": LRUCache(KEPT_OF_TREES)}


def keep(build: Callable[..., Statement]) -> Callable[..., Statement]:
    """Return `build`, whose first argument are variants, keeping what it returned lately."""
    of_words, of_trees = lru_cache(KEPT)(build), lru_cache(KEPT_OF_TREES)(build)

    @wraps(build)
    def kept(variants: Variants, *others: Any) -> Statement:
        has_tree = any(not isinstance(variant, str) for variant in variants)
        return (of_trees if has_tree else of_words)(variants, *others)

    return kept
