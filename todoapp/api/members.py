"""/lists/{id}/members"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.member import MemberOut, MemberPut
from todoapp.schemas.pages import MemberPage
from todoapp.schemas.query import PageQuery, PreconditionQuery
from todoapp.services import member_rows, memberships
from todoapp.services.access import Actor
from todoapp.web import page_tokens
from todoapp.web.etags import precondition
from todoapp.web.hosts import base_url


@v1.get("/lists/<id:list_id>/members")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=PageQuery,
    answers={200: MemberPage},
    problems=(400, 404, 422),
)
def list_members(actor: Actor, list_id: int, query: dict[str, Any]) -> Response:
    """List the members of a list.

    By name, the owner among them. Every member may see the others.
    """
    place = page_tokens.read(actor, query, str)
    rows, after = member_rows.page(actor, list_id, query, place[0] if place else None)
    token, link = page_tokens.next_page(actor, after)
    shown = MemberOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"members": shown, "next_page_token": token}, headers=link)


@v1.get("/lists/<id:list_id>/members/<username:username>")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    answers={200: MemberOut, 304: None},
    problems=(404,),
)
def get_member(actor: Actor, list_id: int, username: str) -> Response:
    """Read a member of a list."""
    return answers.resource(MemberOut, member_rows.read(actor, list_id, username))


@v1.put("/lists/<id:list_id>/members/<username:username>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    body=MemberPut,
    answers={200: MemberOut, 201: MemberOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def put_member(
    actor: Actor, list_id: int, username: str, query: dict[str, Any], body: Any
) -> Response:
    """Let somebody into a list, or change their role.

    For the owner. Giving a member the role `owner` hands the list over, and makes you an editor.
    The Inbox is not shared. ETag and preconditions are about the list's version.
    """
    asked = precondition(query.get("version"))
    made = memberships.put(actor, list_id, username, body, asked, at=utcnow())
    row = member_rows.read(actor, list_id, username)
    return answers.resource(MemberOut, row, 201 if made else 200)


@v1.delete("/lists/<id:list_id>/members/<username:username>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    answers={204: None},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def delete_member(actor: Actor, list_id: int, username: str, query: dict[str, Any]) -> Response:
    """Remove a member from a list, or leave it.

    The owner removes others, everybody else may leave; the owner hands the list over first. Todos
    of the list that are assigned to whoever goes are assigned to nobody.
    """
    asked = precondition(query.get("version"))
    memberships.remove(actor, list_id, username, asked, at=utcnow())
    return answers.nothing()
