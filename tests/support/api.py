"""A person with a key, calling the service as a program would."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support import contract
from todoapp.services.access import Actor


@dataclass
class Api:
    """Calls `app` with `key`; paths that do not begin with a slash are below /api/v1/."""

    app: Flask
    key: str | None = None
    #: For calling services as the same person.
    actor: Actor | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {**self.headers, **options.pop("headers", {})}
        if self.key is not None:
            headers.setdefault("X-API-Key", self.key)
        if body is not None:
            options["json"] = body
        url = path if path.startswith("/") else f"/api/v1/{path}"
        client = self.app.test_client(use_cookies=False)
        response = client.open(url, method=method, headers=headers, **options)
        contract.check(self.app, response)
        response.close()
        return response

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("PATCH", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.call("DELETE", path, **options)

    def made(self, path: str, body: Any) -> Any:
        """Create something that must succeed; return it."""
        response = self.post(path, body)
        assert response.status_code == 201, response.text
        return response.get_json()

    def todo(self, title: str = "Buy milk", **values: Any) -> Any:
        """Create a todo and return it."""
        return self.made("todos", {"title": title, **values})

    def make_list(self, name: str = "Groceries", **values: Any) -> Any:
        """Create a list and return it."""
        return self.made("lists", {"name": name, **values})

    def ids(self, path: str = "todos") -> list[int]:
        """Return the ids on a page of todos, in order."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return [todo["id"] for todo in response.get_json()["todos"]]


def problem(response: TestResponse, status: int, code: str) -> Any:
    """Assert that the answer is this problem, and return it."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    document = response.get_json()
    assert document["code"] == code
    assert document["status"] == status
    assert document["request_id"] == response.headers["Request-Id"]
    return document


def wrong(response: TestResponse) -> dict[str, str]:
    """Assert that fields were refused, and return the code of each by where it is."""
    document = problem(response, 422, "validation-failed")
    return {e.get("pointer", e.get("parameter")): e["code"] for e in document["errors"]}
