"""/api-keys"""

from typing import Any

from flask import Response

from todoapp.api import answers, page_tokens
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.api_key import KeyCreate, KeyOut, KeyPatch, NewKeyOut
from todoapp.schemas.pages import KeyPage
from todoapp.schemas.todo import PageQuery, PreconditionQuery
from todoapp.services import api_keys
from todoapp.services.access import Actor
from todoapp.web.etags import etag, precondition
from todoapp.web.hosts import base_url


@v1.get("/api-keys")
@operation(scope=Scope.ACCOUNT, query=PageQuery, answers={200: KeyPage}, problems=(400, 422))
def list_api_keys(actor: Actor, query: dict[str, Any]) -> Response:
    """List API keys.

    Your own, newest first, revoked and expired ones included.
    """
    place = page_tokens.read(actor, query, int)
    rows, before = api_keys.page(actor, query, place[0] if place else None)
    token, link = page_tokens.next_page(actor, before)
    shown = KeyOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"api_keys": shown, "next_page_token": token}, headers=link)


@v1.post("/api-keys")
@operation(scope=Scope.ACCOUNT, body=KeyCreate, answers={201: NewKeyOut})
def create_api_key(actor: Actor, body: Any) -> Response:
    """Create an API key.

    `key` is shown this once. Its scopes are at most those of the key that makes it.
    """
    made = api_keys.create(actor, body, at=utcnow())
    document = KeyOut(base=base_url()).dump(made.row) | {"key": made.secret}
    headers = {
        "Location": document["url"],
        "ETag": etag(made.row.version),
        "Cache-Control": "no-store",
    }
    return answers.answer(document, 201, headers)


@v1.get("/api-keys/<id:key_id>")
@operation(scope=Scope.ACCOUNT, answers={200: KeyOut, 304: None}, problems=(404,))
def get_api_key(actor: Actor, key_id: int) -> Response:
    """Read an API key.

    Without its secret, which is not kept.
    """
    return answers.resource(KeyOut, api_keys.read(actor, key_id))


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
    """Rename an API key."""
    api_keys.rename(actor, key_id, body, precondition(query.get("version")), at=utcnow())
    return answers.resource(KeyOut, api_keys.read(actor, key_id))


@v1.delete("/api-keys/<id:key_id>")
@operation(query=PreconditionQuery, answers={204: None}, problems=(403, 404, 412), conditional=True)
def revoke_api_key(actor: Actor, key_id: int, query: dict[str, Any]) -> Response:
    """Revoke an API key.

    It ends at once, and stays in the list. Any key may revoke itself; for others the scope
    `account` is needed.
    """
    api_keys.revoke(actor, key_id, precondition(query.get("version")), at=utcnow())
    return answers.nothing()
