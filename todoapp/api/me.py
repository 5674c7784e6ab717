"""/me, and the index of the API."""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.index import Index
from todoapp.schemas.query import PreconditionQuery, WriteQuery
from todoapp.schemas.user import MeOut, MePatch, PasswordPut
from todoapp.services import account_changes, accounts
from todoapp.services.access import Actor
from todoapp.web.etags import etag, precondition
from todoapp.web.hosts import base_url


@v1.get("/me")
@operation(answers={200: MeOut})
def get_me(actor: Actor) -> Response:
    """Read who you are.

    Your account, and the key that you are calling with, if it is one.
    """
    return answers.answer(MeOut().dump(accounts.me(actor)))


@v1.patch("/me")
@operation(
    scope=Scope.ACCOUNT,
    query=PreconditionQuery,
    body=MePatch,
    answers={200: MeOut},
    problems=(409, 412),
    conditional=True,
)
def patch_me(actor: Actor, query: dict[str, Any], body: Any) -> Response:
    """Change your account.

    A merge patch (RFC 7396) of your e-mail address and your timezone.
    """
    account_changes.patch_me(actor, body, precondition(query.get("version")), at=utcnow())
    shown = MeOut().dump(accounts.me(actor))
    return answers.answer(shown, headers={"ETag": etag(shown["version"])})


@v1.put("/me/password")
@operation(
    scope=Scope.ACCOUNT,
    query=WriteQuery,
    body=PasswordPut,
    answers={204: None},
    problems=(409, 429),
)
def put_my_password(actor: Actor, body: Any) -> Response:
    """Change your password.

    You need the old one. Every other login of yours ends, with its tokens; your keys stay: revoke
    those that somebody else may know.
    """
    account_changes.change_password(actor, body, at=utcnow())
    return answers.nothing()


@v1.get("")
@operation(public=True, answers={200: Index})
def get_index() -> Response:
    """List the collections."""
    root = base_url()
    base = f"{root}/api/v1"
    return answers.answer(
        {
            "todos_url": f"{base}/todos",
            "lists_url": f"{base}/lists",
            "tags_url": f"{base}/tags",
            "stats_url": f"{base}/stats",
            "views_url": f"{base}/views",
            "changes_url": f"{base}/changes",
            "api_keys_url": f"{base}/api-keys",
            "sessions_url": f"{base}/sessions",
            "users_url": f"{base}/users",
            "jobs_url": f"{base}/jobs",
            "me_url": f"{base}/me",
            "openapi_url": f"{base}/openapi.json",
            "docs_url": f"{root}/docs",
        }
    )
