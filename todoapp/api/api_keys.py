"""/api-keys"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.api_key import KeyCreate, KeyOut, KeyPatch, KeyRotate, NewKeyOut
from todoapp.schemas.pages import KeyPage
from todoapp.schemas.query import PageQuery, PreconditionQuery, WriteQuery
from todoapp.services import api_keys, key_rotation, key_rows
from todoapp.services.access import Actor
from todoapp.web import page_tokens
from todoapp.web.etags import etag, precondition
from todoapp.web.hosts import base_url


@v1.get("/api-keys")
@operation(
    scope=Scope.ACCOUNT,
    everyone=True,
    query=PageQuery,
    answers={200: KeyPage},
    problems=(400, 422),
)
def list_api_keys(actor: Actor, query: dict[str, Any]) -> Response:
    """List API keys.

    Your own, newest first, revoked and expired ones included.
    """
    place = page_tokens.read(actor, query, int)
    rows, before = key_rows.page(actor, query, place[0] if place else None, at=utcnow())
    token, link = page_tokens.next_page(actor, before)
    shown = KeyOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"api_keys": shown, "next_page_token": token}, headers=link)


@v1.post("/api-keys")
@operation(
    scope=Scope.ACCOUNT, query=WriteQuery, body=KeyCreate, answers={201: NewKeyOut}, secret=True
)
def create_api_key(actor: Actor, body: Any) -> Response:
    """Create an API key.

    `key` is shown this once. It may do at most what the key that makes it may.
    """
    return _made(actor, api_keys.create(actor, body, at=utcnow()))


@v1.get("/api-keys/<id:key_id>")
@operation(scope=Scope.ACCOUNT, everyone=True, answers={200: KeyOut, 304: None}, problems=(404,))
def get_api_key(actor: Actor, key_id: int) -> Response:
    """Read an API key.

    Without its secret, which is not kept.
    """
    return answers.resource(KeyOut, key_rows.read(actor, key_id))


@v1.patch("/api-keys/<id:key_id>")
@operation(
    scope=Scope.ACCOUNT,
    query=PreconditionQuery,
    body=KeyPatch,
    answers={200: KeyOut},
    problems=(404, 412),
    conditional=True,
)
def patch_api_key(actor: Actor, key_id: int, query: dict[str, Any], body: Any) -> Response:
    """Rename an API key.

    Your own: for everybody's, an administrator may only revoke it.
    """
    api_keys.rename(actor, key_id, body, precondition(query.get("version")), at=utcnow())
    return answers.resource(KeyOut, key_rows.read(actor, key_id))


@v1.post("/api-keys/<id:key_id>/rotate")
@operation(
    scope=Scope.ACCOUNT,
    query=PreconditionQuery,
    body=KeyRotate,
    body_optional=True,
    answers={201: NewKeyOut},
    problems=(404, 409, 412),
    conditional=True,
    secret=True,
)
def rotate_api_key(actor: Actor, key_id: int, query: dict[str, Any], body: Any) -> Response:
    """Replace an API key by a new one.

    The new key has the same name, scopes, lists and filter, and lives as long again, unless you say
    until when. The old one still works for `grace_hours`. Both may do at most what the key that you
    call with may.
    """
    asked = precondition(query.get("version"))
    return _made(actor, key_rotation.rotate(actor, key_id, body, asked, at=utcnow()))


@v1.delete("/api-keys/<id:key_id>")
@operation(
    everyone=True,
    query=PreconditionQuery,
    answers={204: None},
    problems=(403, 404, 412),
    conditional=True,
)
def revoke_api_key(actor: Actor, key_id: int, query: dict[str, Any]) -> Response:
    """Revoke an API key.

    It ends at once, and stays in the list. Any key may revoke itself; for others the scope
    `account` is needed.
    """
    api_keys.revoke(actor, key_id, precondition(query.get("version")), at=utcnow())
    return answers.nothing()


def _made(actor: Actor, made: api_keys.NewKey) -> Response:
    document = KeyOut(base=base_url()).dump(key_rows.read(actor, made.row.id))
    headers = {
        "Location": document["url"],
        "ETag": etag(document["version"]),
        "Cache-Control": "no-store",
    }
    return answers.answer({**document, "key": made.secret}, 201, headers)
