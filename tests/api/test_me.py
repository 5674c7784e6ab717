"""/me, and the index: the two calls that any key, or none, may make."""

from collections.abc import Callable

import pytest

from tests.support.api import Api, problem, wrong


def test_it_tells_who_is_calling_and_with_what(alice: Api) -> None:
    me = alice.get("me").get_json()
    assert me == {
        "id": me["id"],
        "username": "alice",
        "email": None,
        "role": "member",
        "timezone": "UTC",
        "inbox_id": me["inbox_id"],
        "api_key": {
            "id": me["api_key"]["id"],
            "name": "alice's key",
            "scopes": ["todos:read", "todos:write", "account"],
            "expires_at": None,
        },
        "created_at": me["created_at"],
    }
    assert alice.get(f"lists/{me['inbox_id']}").get_json()["is_inbox"]


@pytest.mark.parametrize("scope", ["todos:read", "todos:write", "account", "admin"])
def test_any_key_will_do(person: Callable[..., Api], scope: str) -> None:
    me = person("dave", [scope], email="dave@example.com", role="admin").get("me").get_json()
    assert me["api_key"]["scopes"] == [scope]
    assert (me["email"], me["role"]) == ("dave@example.com", "admin")


def test_a_key_is_needed(alice: Api) -> None:
    problem(Api(alice.app).get("me"), 401, "unauthenticated")


def test_it_takes_no_parameters(alice: Api) -> None:
    assert wrong(alice.get("me?everyone=true")) == {"everyone": "unknown"}


def test_the_index_links_to_every_collection(alice: Api) -> None:
    for path in ("/api/v1", "/api/v1/"):
        index = Api(alice.app).get(path).get_json()
        for name in ("todos_url", "lists_url", "api_keys_url", "me_url", "openapi_url"):
            assert alice.get(index[name].removeprefix("http://localhost")).status_code == 200
