"""/lists"""

from typing import Any

from flask import Response

from todoapp.api import answers, page_tokens
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.pages import ListPage
from todoapp.schemas.todo import PreconditionQuery
from todoapp.schemas.todo_list import ListCreate, ListOut, ListPatch, ListPut, ListQuery
from todoapp.services import lists
from todoapp.services.access import Actor
from todoapp.web.etags import precondition
from todoapp.web.hosts import base_url


@v1.get("/lists")
@operation(scope=Scope.TODOS_READ, query=ListQuery, answers={200: ListPage}, problems=(400, 422))
def list_lists(actor: Actor, query: dict[str, Any]) -> Response:
    """List lists.

    Those that you are a member of, by position; your Inbox is among them.
    """
    place = page_tokens.read(actor, query, float, int)
    rows, after = lists.page(actor, query, place)
    token, link = page_tokens.next_page(actor, after)
    shown = ListOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"lists": shown, "next_page_token": token}, headers=link)


@v1.post("/lists")
@operation(scope=Scope.TODOS_WRITE, body=ListCreate, answers={201: ListOut})
def create_list(actor: Actor, body: Any) -> Response:
    """Create a list.

    You own it.
    """
    list_id = lists.create(actor, body, at=utcnow())
    return answers.resource(ListOut, lists.read(actor, list_id), 201)


@v1.get("/lists/<id:list_id>")
@operation(scope=Scope.TODOS_READ, answers={200: ListOut, 304: None}, problems=(404,))
def get_list(actor: Actor, list_id: int) -> Response:
    """Read a list."""
    return answers.resource(ListOut, lists.read(actor, list_id))


@v1.patch("/lists/<id:list_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    query=PreconditionQuery,
    body=ListPatch,
    answers={200: ListOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def patch_list(actor: Actor, list_id: int, query: dict[str, Any], body: Any) -> Response:
    """Change a list.

    A merge patch (RFC 7396). `is_archived` puts it away; the Inbox stays.
    """
    lists.patch(actor, list_id, body, precondition(query.get("version")), at=utcnow())
    return answers.resource(ListOut, lists.read(actor, list_id))


@v1.put("/lists/<id:list_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    query=PreconditionQuery,
    body=ListPut,
    answers={200: ListOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def put_list(actor: Actor, list_id: int, query: dict[str, Any], body: Any) -> Response:
    """Replace a list.

    What you leave out goes back to its default; `position` stays.
    """
    lists.replace(actor, list_id, body, precondition(query.get("version")), at=utcnow())
    return answers.resource(ListOut, lists.read(actor, list_id))
