"""/views"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.pages import ViewPage
from todoapp.schemas.query import PageQuery, PreconditionQuery, WriteQuery
from todoapp.schemas.view import ViewCreate, ViewOut, ViewPatch, ViewPut
from todoapp.services import view_rows, views
from todoapp.services.access import Actor
from todoapp.web import page_tokens
from todoapp.web.etags import precondition
from todoapp.web.hosts import base_url


@v1.get("/views")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=PageQuery,
    answers={200: ViewPage},
    problems=(400, 422),
)
def list_views(actor: Actor, query: dict[str, Any]) -> Response:
    """List saved views.

    Your own and those of the lists that you see, by name.
    """
    place = page_tokens.read(actor, query, str, int)
    rows, after = view_rows.page(actor, query, place)
    token, link = page_tokens.next_page(actor, after)
    shown = ViewOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"views": shown, "next_page_token": token}, headers=link)


@v1.post("/views")
@operation(
    scope=Scope.TODOS_WRITE,
    query=WriteQuery,
    body=ViewCreate,
    answers={201: ViewOut},
    problems=(403, 409),
)
def create_view(actor: Actor, body: Any) -> Response:
    """Save a view.

    With `list_id` the members of that list see it, too.
    """
    view_id = views.create(actor, body, at=utcnow())
    return answers.resource(ViewOut, view_rows.read(actor, view_id), 201)


@v1.get("/views/<id:view_id>")
@operation(
    scope=Scope.TODOS_READ, everyone=True, answers={200: ViewOut, 304: None}, problems=(404,)
)
def get_view(actor: Actor, view_id: int) -> Response:
    """Read a saved view."""
    return answers.resource(ViewOut, view_rows.read(actor, view_id))


@v1.patch("/views/<id:view_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    body=ViewPatch,
    answers={200: ViewOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def patch_view(actor: Actor, view_id: int, query: dict[str, Any], body: Any) -> Response:
    """Change a saved view.

    A merge patch (RFC 7396). `list_id` shares it with another list; who has made it can make it
    personal, with null.
    """
    views.patch(actor, view_id, body, precondition(query.get("version")), at=utcnow())
    return answers.resource(ViewOut, view_rows.read(actor, view_id))


@v1.put("/views/<id:view_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    body=ViewPut,
    answers={200: ViewOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def put_view(actor: Actor, view_id: int, query: dict[str, Any], body: Any) -> Response:
    """Replace a saved view.

    What you leave out goes back to its default; `list_id` stays.
    """
    views.replace(actor, view_id, body, precondition(query.get("version")), at=utcnow())
    return answers.resource(ViewOut, view_rows.read(actor, view_id))


@v1.delete("/views/<id:view_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    answers={204: None},
    problems=(403, 404, 412),
    conditional=True,
)
def delete_view(actor: Actor, view_id: int, query: dict[str, Any]) -> Response:
    """Delete a saved view.

    For good; the todos that it shows stay as they are.
    """
    views.delete(actor, view_id, precondition(query.get("version")), at=utcnow())
    return answers.nothing()
