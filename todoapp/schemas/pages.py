"""Pages of collections, as clients get them."""

from marshmallow import fields

from todoapp.schemas.answer import Answer, Out
from todoapp.schemas.api_key import KeyOut
from todoapp.schemas.auth import SessionOut
from todoapp.schemas.change import ChangeOut
from todoapp.schemas.job import JobOut
from todoapp.schemas.member import MemberOut
from todoapp.schemas.tag import TagOut
from todoapp.schemas.todo_list import ListOut
from todoapp.schemas.user import UserOut
from todoapp.schemas.view import ViewOut

_NEXT = {
    "type": ["string", "null"],
    "description": "Send it as `page_token` for the next page; null: this is the last.",
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


class TodoPage(Answer):
    """Some todos; with `fields`, only the named fields of each."""

    optional = frozenset({"total_count", "total_count_capped"})

    todos = Out({"type": "array", "items": {"anyOf": [_ref("Todo"), _ref("SparseTodo")]}})
    next_page_token = Out(_NEXT)
    total_count = Out({"type": "integer", "description": "With `count=true`; at most 10,000."})
    total_count_capped = Out({"type": "boolean", "description": "There are more than 10,000."})


class ListPage(Answer):
    """Some lists."""

    lists = fields.List(fields.Nested(ListOut))
    next_page_token = Out(_NEXT)


class MemberPage(Answer):
    """Some members of a list."""

    members = fields.List(fields.Nested(MemberOut))
    next_page_token = Out(_NEXT)


class TagPage(Answer):
    """Some tags."""

    tags = fields.List(fields.Nested(TagOut))
    next_page_token = Out(_NEXT)


class ViewPage(Answer):
    """Some saved views."""

    views = fields.List(fields.Nested(ViewOut))
    next_page_token = Out(_NEXT)


class KeyPage(Answer):
    """Some keys."""

    api_keys = fields.List(fields.Nested(KeyOut))
    next_page_token = Out(_NEXT)


class SessionPage(Answer):
    """Some logins."""

    sessions = fields.List(fields.Nested(SessionOut))
    next_page_token = Out(_NEXT)


class UserPage(Answer):
    """Some people."""

    users = fields.List(fields.Nested(UserOut))
    next_page_token = Out(_NEXT)


class JobPage(Answer):
    """Some jobs."""

    jobs = fields.List(fields.Nested(JobOut))
    next_page_token = Out(_NEXT)


class HistoryPage(Answer):
    """What was done to one thing, newest first."""

    changes = fields.List(fields.Nested(ChangeOut))
    next_page_token = Out(_NEXT)
