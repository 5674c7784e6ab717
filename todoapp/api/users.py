"""/users"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.pages import UserPage
from todoapp.schemas.query import PreconditionQuery, WriteQuery
from todoapp.schemas.user import UserCreate, UserDeleteQuery, UserOut, UserPatch, UserQuery
from todoapp.services import account_changes, account_endings, accounts, people
from todoapp.services.access import Actor
from todoapp.web import page_tokens
from todoapp.web.etags import precondition
from todoapp.web.hosts import base_url


@v1.get("/users")
@operation(scope=Scope.ADMIN, query=UserQuery, answers={200: UserPage}, problems=(400, 422))
def list_users(actor: Actor, query: dict[str, Any]) -> Response:
    """List people.

    Newest first, those who were shut out included.
    """
    place = page_tokens.read(actor, query, int)
    rows, before = people.page(actor, query, place[0] if place else None)
    token, link = page_tokens.next_page(actor, before)
    shown = UserOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"users": shown, "next_page_token": token}, headers=link)


@v1.post("/users")
@operation(
    scope=Scope.ADMIN,
    query=WriteQuery,
    body=UserCreate,
    answers={201: UserOut},
    problems=(409,),
    secret=True,
)
def create_user(actor: Actor, body: Any) -> Response:
    """Add somebody.

    They get an Inbox. A password that you give them must be changed when they log in.
    """
    user = accounts.create(body, at=utcnow(), actor=actor)
    return answers.resource(UserOut, accounts.read(user.username), 201)


@v1.get("/users/<username:username>")
@operation(scope=Scope.ADMIN, answers={200: UserOut, 304: None}, problems=(404,))
def get_user(actor: Actor, username: str) -> Response:  # noqa: ARG001 - nobody sees more of them
    """Read a person."""
    return answers.resource(UserOut, accounts.read(username))


@v1.patch("/users/<username:username>")
@operation(
    scope=Scope.ADMIN,
    query=PreconditionQuery,
    body=UserPatch,
    answers={200: UserOut},
    problems=(404, 409, 412),
    conditional=True,
)
def patch_user(actor: Actor, username: str, query: dict[str, Any], body: Any) -> Response:
    """Change a person.

    A merge patch (RFC 7396). `is_active: false` ends every session and revokes every key at once; a
    `password` ends every session and token, and must be changed. The last active administrator
    stays one.
    """
    asked = precondition(query.get("version"))
    account_changes.patch(actor, username, body, asked, at=utcnow())
    return answers.resource(UserOut, accounts.read(username))


@v1.delete("/users/<username:username>")
@operation(
    scope=Scope.ADMIN,
    query=UserDeleteQuery,
    answers={204: None},
    problems=(404, 409, 412),
    conditional=True,
)
def delete_user(actor: Actor, username: str, query: dict[str, Any]) -> Response:
    """Delete a person.

    For good: every session ends, every key is revoked, and their lists, the Inbox included, become
    those of `lists_to`. History keeps the name, and nobody else can have it.
    """
    asked = precondition(query.get("version"))
    account_endings.delete(actor, username, query, asked, at=utcnow())
    return answers.nothing()
