"""Keys with a filter: made, and refused."""

from typing import Any

from tests.support.api import Api, problem

BOTH = ["todos:read", "todos:write"]
SECRET = "Fire the contractor"


def keyed(who: Api, row_filter: str = "tags : ci", **values: Any) -> Api:
    """Return somebody with a key for some todos."""
    body = {"name": "bot", "scopes": BOTH, "filter": row_filter, **values}
    return Api(who.app, who.made("api-keys", body)["key"])


def outside_filter(response: Any, row_filter: str = "tags : ci") -> Any:
    """Return the problem of a write that the filter refuses."""
    refused = problem(response, 403, "outside-filter")
    assert refused["filter"] == row_filter
    assert row_filter in refused["detail"]
    return refused


def filled(body: Any, todo_id: int) -> Any:
    """Return `body` with the id in each of its operations that has one."""
    if isinstance(body, dict) and "operations" in body:
        return {"operations": [_of(operation, todo_id) for operation in body["operations"]]}
    return body


def _of(operation: dict[str, Any], todo_id: int) -> dict[str, Any]:
    return operation | {"id": todo_id} if "id" in operation else operation
