"""Tags: what clients send, what they get."""

from typing import ClassVar

from todoapp import limits
from todoapp.schemas.answer import Answer, Out
from todoapp.schemas.fields import Text
from todoapp.schemas.names import TagName
from todoapp.schemas.query import PageQuery
from todoapp.schemas.strict import Strict


class TagPatch(Strict):
    """Another name, or another spelling, for a tag."""

    read_only: ClassVar = frozenset({"todo_count"})

    name = TagName(required=True, metadata={"example": "home"})


class TagSearchQuery(PageQuery):
    """Which tags."""

    beginning = Text(low=1, high=limits.TAG_MAX)


class TagOut(Answer):
    """A tag."""

    name = Out({"type": "string", "description": "As most of its todos spell it."})
    todo_count = Out({"type": "integer", "description": "The trash is not counted."})
