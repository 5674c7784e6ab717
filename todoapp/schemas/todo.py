"""What clients send about todos."""

from typing import Any, ClassVar

from marshmallow import ValidationError, post_load

from todoapp import limits
from todoapp.schemas.fields import (
    Flag,
    FlagWord,
    Number,
    OneOf,
    Text,
    Whole,
    WholeWord,
    Words,
)
from todoapp.schemas.names import Tags
from todoapp.schemas.query import PageQuery, PreconditionQuery
from todoapp.schemas.search import Search
from todoapp.schemas.strict import Coded, Strict
from todoapp.schemas.times import DueDate, Instant

#: What the service alone decides.
READ_ONLY = frozenset(
    {"id", "url", "created_at", "updated_at", "completed_at", "created_by", "deleted_at"}
)
PRIORITIES = tuple(limits.PRIORITY_RANKS)


class TodoPatch(Strict):
    """A merge patch (RFC 7396): an absent field is kept, null clears it, an array replaces."""

    read_only: ClassVar = READ_ONLY | {"uid"}

    title = Text(low=1, high=limits.TITLE_MAX, metadata={"example": "Buy milk"})
    description = Text(
        high=limits.DESCRIPTION_MAX,
        trim=False,
        multiline=True,
        allow_none=True,
        metadata={"description": "Markdown."},
    )
    list_id = Whole(
        allow_none=True, metadata={"description": "Where it belongs; null: the caller's Inbox."}
    )
    status = OneOf(limits.Status, allow_none=True)
    completed = Flag(
        allow_none=True,
        metadata={
            "description": "A view of `status`: true sets it to completed; false reopens a "
            "completed todo. Of the two, the one that differs from the stored todo is meant."
        },
    )
    priority = OneOf(PRIORITIES, allow_none=True)
    tags = Tags(allow_none=True)
    due_date = DueDate(
        allow_none=True, metadata={"description": "A date stays on its day in every timezone."}
    )
    assigned_to = Text(
        low=1,
        high=limits.USERNAME_MAX,
        allow_none=True,
        metadata={"description": "The username of a member of the list."},
    )
    parent_id = Whole(
        allow_none=True,
        metadata={"description": "The todo that this is a part of, in the same list."},
    )
    position = Number(
        allow_none=True,
        metadata={"description": "Manual order within the list; null: after the last."},
    )
    version = Whole(metadata={"description": "A precondition: the version that you changed."})


class TodoPut(TodoPatch):
    """A full replacement; what is omitted goes back to its default.

    `list_id`, `position` and `uid` stay when omitted.
    """

    title = Text(low=1, high=limits.TITLE_MAX, required=True, metadata={"example": "Buy milk"})


class TodoCreate(TodoPut):
    """A new todo."""

    class Meta(Strict.Meta):
        """A todo that does not exist yet has no version."""

        exclude = ("version",)

    read_only: ClassVar = frozenset()
    # In a PUT these are passed over, so that what was read can be sent back; here they would be
    # dropped in silence.
    error_messages = {"unknown": Coded("Unknown or read-only field.", "unknown")}

    uid = Text(
        low=1,
        high=limits.UID_MAX,
        trim=False,
        allow_none=True,
        metadata={"description": "iCalendar's UID, unique in the list; default: a UUIDv7."},
    )


class TodoDeleteQuery(PreconditionQuery):
    """How to delete."""

    purge = FlagWord(
        load_default=False, metadata={"description": "Delete for good, not into the trash."}
    )


SORTS = (
    "created_at",
    "updated_at",
    "due_date",
    "priority",
    "title",
    "position",
    "completed_at",
    "id",
)
#: Each of them, and the other way round.
SIGNED_SORTS = SORTS + tuple(f"-{name}" for name in SORTS)
#: Those of a full text search.
SEARCH_SORTS = ("-id", "-created_at")
TODO_FIELDS = (
    "id",
    "uid",
    "url",
    "version",
    "list_id",
    "title",
    "description",
    "status",
    "completed",
    "completed_at",
    "priority",
    "tags",
    "due_date",
    "assigned_to",
    "created_by",
    "parent_id",
    "position",
    "created_at",
    "updated_at",
    "deleted_at",
)


class TodoQuery(PageQuery):
    """Which todos, in which order."""

    #: Where it is not a search.
    default_sort: ClassVar[str] = "-created_at"

    sort = OneOf(
        SIGNED_SORTS,
        metadata={
            "description": "`-` turns it round; unset values come last both ways. "
            "Default: `-created_at`; with `q` `-id`, where only these two are possible."
        },
    )
    count = FlagWord(
        load_default=False,
        metadata={"description": "Add `total_count`, which counts to 10,000."},
    )
    fields_ = Words(
        TODO_FIELDS,
        data_key="fields",
        metadata={"description": "Only these fields, with commas between."},
    )
    view = WholeWord(
        metadata={
            "description": "The id of a saved view: only what it shows, and in its order, unless "
            "there is a `sort`."
        }
    )
    status = Words(
        tuple(limits.Status), metadata={"description": "Any of these, with commas between."}
    )
    completed = FlagWord()
    priority = Words(PRIORITIES, metadata={"description": "Any of these, with commas between."})
    tags = Words(metadata={"description": "All of these, with commas between."})
    list_id = WholeWord()
    assigned_to = Text(
        low=1, high=limits.USERNAME_MAX, metadata={"description": "`me`, `none` or a username."}
    )
    created_by = Text(
        low=1, high=limits.USERNAME_MAX, metadata={"description": "`me` or a username."}
    )
    due_before = DueDate(metadata={"description": "Due before this date or instant."})
    due_after = DueDate(metadata={"description": "Due after this date or instant."})
    due = OneOf(
        ("none", "any", "overdue", "today"),
        metadata={"description": "Days are those of the caller's timezone."},
    )
    parent_id = Text(
        low=1,
        high=16,
        pattern=r"(none|[1-9][0-9]{0,15})",
        example="none or an id",
        metadata={"description": "`none`, or the id of the parent."},
    )
    updated_since = Instant(metadata={"description": "Changed at this instant or later."})
    filter = Text(
        high=limits.FILTER_MAX,
        trim=False,
        multiline=True,
        metadata={
            "example": "status = pending AND (tags : home OR priority >= high)",
            "description": "A text in the filter language: fields compared by `= != < <= > >=`, "
            "`:` (has a tag or words) and `:*` (is set), joined by AND, OR, NOT and parentheses. "
            "docs/filters.md, which comes with the service, has all of it.",
        },
    )
    q = Search(
        metadata={
            "description": "All of these words in title or description; the last one may be the "
            "beginning of a word, and what is in quotes is a phrase."
        },
    )
    trashed = FlagWord(load_default=False, metadata={"description": "Only what is in the trash."})

    @post_load
    def _newest_first(self, query: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Sort as asked for, which with `q` is by age: an index of words knows no other order.

        Without a word on it a view decides.
        """
        searched = "q" in query
        if "view" in query and "sort" not in query:
            return query
        sort = query.setdefault("sort", "-id" if searched else self.default_sort)
        if searched and sort not in SEARCH_SORTS:
            detail = f"With q, must be one of: {', '.join(SEARCH_SORTS)}."
            raise ValidationError({"sort": [Coded(detail, "choice")]})
        return query
