"""/lists"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.pages import ListPage
from todoapp.schemas.query import Precondition, PreconditionQuery, WriteQuery
from todoapp.schemas.todo_list import ListCreate, ListOut, ListPatch, ListPut, ListQuery
from todoapp.services import list_rows, lists
from todoapp.services.access import Actor
from todoapp.web import page_tokens
from todoapp.web.etags import precondition
from todoapp.web.hosts import base_url


@v1.get("/lists")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=ListQuery,
    answers={200: ListPage},
    problems=(400, 422),
)
def list_lists(actor: Actor, query: dict[str, Any]) -> Response:
    """List lists.

    Those that you are a member of, by position; your Inbox is among them.
    """
    place = page_tokens.read(actor, query, float, int)
    rows, after = list_rows.page(actor, query, place)
    token, link = page_tokens.next_page(actor, after)
    shown = ListOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"lists": shown, "next_page_token": token}, headers=link)


@v1.post("/lists")
@operation(scope=Scope.TODOS_WRITE, query=WriteQuery, body=ListCreate, answers={201: ListOut})
def create_list(actor: Actor, body: Any) -> Response:
    """Create a list.

    You own it.
    """
    list_id = lists.create(actor, body, at=utcnow())
    return answers.resource(ListOut, list_rows.read(actor, list_id), 201)


@v1.get("/lists/<id:list_id>")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    answers={200: ListOut, 304: None},
    problems=(404,),
)
def get_list(actor: Actor, list_id: int) -> Response:
    """Read a list."""
    return answers.resource(ListOut, list_rows.read(actor, list_id))


@v1.patch("/lists/<id:list_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
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
    return answers.resource(ListOut, list_rows.read(actor, list_id))


@v1.put("/lists/<id:list_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
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
    return answers.resource(ListOut, list_rows.read(actor, list_id))


@v1.delete("/lists/<id:list_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    answers={204: None},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def delete_list(actor: Actor, list_id: int, query: dict[str, Any]) -> Response:
    """Delete a list.

    It goes into the trash, with its todos; the Inbox stays.
    """
    lists.trash(actor, list_id, precondition(query.get("version")), at=utcnow())
    return answers.nothing()


@v1.post("/lists/<id:list_id>/restore")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    body=Precondition,
    body_optional=True,
    answers={200: ListOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def restore_list(actor: Actor, list_id: int, query: dict[str, Any], body: Any) -> Response:
    """Restore a list from the trash.

    The todos that went into the trash with it come back with it.
    """
    lists.restore(actor, list_id, body, precondition(query.get("version")), at=utcnow())
    return answers.resource(ListOut, list_rows.read(actor, list_id))
