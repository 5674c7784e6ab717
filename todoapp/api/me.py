"""/me, and the index of the API."""

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.schemas.index import Index
from todoapp.schemas.user import MeOut
from todoapp.services import accounts
from todoapp.services.access import Actor
from todoapp.web.hosts import base_url


@v1.get("/me")
@operation(answers={200: MeOut})
def get_me(actor: Actor) -> Response:
    """Read who you are.

    Your account, and the key that you are calling with.
    """
    account, key = accounts.me(actor)
    presented = {**key._mapping, "scopes": key.scopes.split()}
    return answers.answer(MeOut().dump({**account._mapping, "api_key": presented}))


@v1.get("/")
@operation(public=True, answers={200: Index})
def get_index() -> Response:
    """List the collections."""
    root = base_url()
    base = f"{root}/api/v1"
    return answers.answer(
        {
            "todos_url": f"{base}/todos",
            "lists_url": f"{base}/lists",
            "api_keys_url": f"{base}/api-keys",
            "me_url": f"{base}/me",
            "openapi_url": f"{base}/openapi.json",
            "docs_url": f"{root}/docs",
        }
    )
