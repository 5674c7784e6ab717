"""Which changes people look for: on the page of activity, and in its file."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from marshmallow import ValidationError, post_load

from todoapp import limits
from todoapp.schemas import spreadsheet
from todoapp.schemas.fields import OneOf, Text, WholeWord
from todoapp.schemas.query import PageQuery
from todoapp.schemas.strict import Coded
from todoapp.schemas.times import DueDate, instant_text

#: The columns of the file.
FIELDS = (
    *("id", "at", "actor", "api_key", "action", "noun", "noun_id", "name"),
    *("list_id", "list_name", "diff", "operation_id", "request_id", "address", "user_agent"),
)


class _Operation(Text):
    """The operation_id of a change."""

    def __init__(self, **options: Any) -> None:
        pattern = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        super().__init__(
            high=36, pattern=pattern, example="the operation_id of a change", **options
        )


class ActivityQuery(PageQuery):
    """Which changes; the conditions are combined with and."""

    actor = Text(
        low=1, high=limits.USERNAME_MAX, metadata={"description": "`me` or a username: by whom."}
    )
    noun = OneOf(limits.Noun, metadata={"description": "To which kind of thing."})
    noun_id = WholeWord(metadata={"description": "To which one; together with `noun`."})
    list_id = WholeWord(metadata={"description": "In which list."})
    action = OneOf(limits.Action, metadata={"description": "What was done."})
    since = DueDate(metadata={"description": "From this day of yours on, or this instant."})
    until = DueDate(metadata={"description": "To the end of this day of yours, or this instant."})
    operation_id = _Operation(metadata={"description": "By which call."})
    without_operation_id = _Operation(metadata={"description": "By any call but this."})

    @post_load
    def _name_the_kind(self, query: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Refuse a number alone: todos and lists have the same ones."""
        if "noun_id" in query and "noun" not in query:
            raise ValidationError({"noun_id": [Coded("Needs a noun beside it.", "needs_noun")]})
        return query


class ActivityFileQuery(ActivityQuery):
    """Which changes a file is to have."""

    class Meta(ActivityQuery.Meta):
        """It has no pages."""

        exclude = ("page_size", "page_token")


def csv_lines(changes: Iterable[Mapping[str, Any]]) -> bytes:
    """Return a line for each change, as services.activity has them, in the order of `FIELDS`."""
    return spreadsheet.lines(map(_cells, changes))


def _cells(change: Mapping[str, Any]) -> list[Any]:
    told = {
        "at": instant_text(change["at"]),
        "api_key": change["api_key"] and change["api_key"]["name"],
        "diff": orjson.dumps(change["diff"]).decode(),
    }
    return [{**change, **told}[name] for name in FIELDS]
