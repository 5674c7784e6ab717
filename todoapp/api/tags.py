"""/tags"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.pages import TagPage
from todoapp.schemas.query import PageQuery, WriteQuery
from todoapp.schemas.tag import TagOut, TagPatch
from todoapp.services import tags
from todoapp.services.access import Actor
from todoapp.web import page_tokens


@v1.get("/tags")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=PageQuery,
    answers={200: TagPage},
    problems=(400, 422),
)
def list_tags(actor: Actor, query: dict[str, Any]) -> Response:
    """List tags.

    Those of the todos that you see, by name, and on how many of them each is; the trash is not
    counted.
    """
    place = page_tokens.read(actor, query, str)
    rows, after = tags.page(actor, query, place[0] if place else None)
    token, link = page_tokens.next_page(actor, after)
    shown = TagOut(many=True).dump(rows)
    return answers.answer({"tags": shown, "next_page_token": token}, headers=link)


@v1.patch("/tags/<text:name>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=WriteQuery,
    body=TagPatch,
    answers={200: TagOut},
    problems=(403, 404),
)
def patch_tag(actor: Actor, name: str, body: Any) -> Response:
    """Rename a tag.

    In every list where you may edit, and in the trash too. A todo that has a tag of the new name
    already keeps the one: the two are merged.
    """
    return answers.answer(TagOut().dump(tags.rename(actor, name, body, at=utcnow())))


@v1.delete("/tags/<text:name>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=WriteQuery,
    answers={204: None},
    problems=(403, 404),
)
def delete_tag(actor: Actor, name: str) -> Response:
    """Take a tag off every todo.

    In every list where you may edit, and in the trash too. The todos stay.
    """
    tags.remove(actor, name, at=utcnow())
    return answers.nothing()
