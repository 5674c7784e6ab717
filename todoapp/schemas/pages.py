"""Pages of collections, as clients get them."""

from marshmallow import Schema, fields

from todoapp.schemas.api_key import KeyOut
from todoapp.schemas.change import ChangeOut
from todoapp.schemas.fields import Out
from todoapp.schemas.todo_list import ListOut
from todoapp.schemas.todo_out import TodoOut

_NEXT = {
    "type": ["string", "null"],
    "description": "Send it as `page_token` for the next page; null: this is the last.",
}


class TodoPage(Schema):
    """Some todos; with `fields`, only the named fields of each."""

    todos = fields.List(fields.Nested(TodoOut), required=True)
    next_page_token = Out(_NEXT)
    total_count = Out({"type": "integer", "description": "With `count=true`; at most 10,000."})
    total_count_capped = Out({"type": "boolean", "description": "There are more than 10,000."})


class ListPage(Schema):
    """Some lists."""

    lists = fields.List(fields.Nested(ListOut), required=True)
    next_page_token = Out(_NEXT)


class KeyPage(Schema):
    """Some keys."""

    api_keys = fields.List(fields.Nested(KeyOut), required=True)
    next_page_token = Out(_NEXT)


class HistoryPage(Schema):
    """What was done to one thing, newest first."""

    changes = fields.List(fields.Nested(ChangeOut), required=True)
    next_page_token = Out(_NEXT)
