"""The shapes of errors, and what HTTP itself promises on every path."""

import re
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from todoapp.web.problem_kinds import KINDS

HTML = {"Accept": "text/html"}


def test_a_problem_has_every_member(alice: Api) -> None:
    response = alice.post("todos", {"priority": "urgent", "status": 1})
    document = problem(response, 422, "validation-failed")
    assert document == {
        "type": "http://localhost/problems/validation-failed",
        "title": "The request is not valid",
        "status": 422,
        "code": "validation-failed",
        "detail": "3 fields need attention.",
        "instance": "/api/v1/todos",
        "request_id": response.headers["Request-Id"],
        "errors": document["errors"],
    }
    assert wrong(response) == {"/title": "required", "/priority": "choice", "/status": "type"}
    assert all(set(error) == {"pointer", "code", "detail"} for error in document["errors"])


def test_the_type_of_a_problem_is_a_page_that_explains_it(app: Flask, alice: Api) -> None:
    document = problem(alice.get("todos/1"), 404, "not-found")
    page = Api(app).get(document["type"].removeprefix("http://localhost"))
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert KINDS["not-found"].title in page.text


@pytest.mark.parametrize("code", KINDS)
def test_every_problem_has_a_page(app: Flask, code: str) -> None:
    assert KINDS[code].title in Api(app).get(f"/problems/{code}").text
    assert f'href="/problems/{code}"' in Api(app).get("/problems").text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/todos", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/api/v1/lists", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/api/v1/todos/1", {"GET", "HEAD", "OPTIONS", "PATCH", "PUT", "DELETE"}),
        ("GET", "/api/v1/todos/1/restore", {"OPTIONS", "POST"}),
        ("POST", "/api/v1/me", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("TRACE", "/api/v1/todos", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("BREW", "/api/v1/", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/api/v1", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones_without_a_key(
    app: Flask, method: str, path: str, allowed: set[str]
) -> None:
    response = Api(app).call(method, path)
    problem(response, 405, "method-not-allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2", "/api", "/api/v1/todos/1/x"])
def test_an_unknown_path_needs_no_key(app: Flask, path: str) -> None:
    problem(Api(app).get(path, headers=HTML), 404, "not-found")


@pytest.mark.parametrize("path", ["/api/v1/todos", "/api/v1/todos/1", "/api/v1/me", "/todos"])
def test_options_needs_no_key(app: Flask, path: str) -> None:
    response = Api(app).call("OPTIONS", path)
    assert response.status_code == 200
    assert "GET" in response.headers["Allow"]
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["todos", "todos/{id}", "lists", "me", "openapi.json"])
def test_head_is_get_without_its_body(alice: Api, path: str) -> None:
    path = path.format(**alice.todo())
    head, get = alice.call("HEAD", path), alice.get(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"):
        assert head.headers.get(name) == get.headers.get(name)


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/todos", "/api/v1/me", "/todos", "/admin/login"]
)
def test_both_spellings_of_a_path_answer_without_a_redirect(alice: Api, path: str) -> None:
    for spelling in (path, f"{path}/"):
        assert alice.get(spelling).status_code == 200


def test_a_doubled_slash_is_another_path(alice: Api) -> None:
    for path in ("/api//v1/todos", "/api/v1//todos", "/api/v1/todos//"):
        problem(alice.get(path), 404, "not-found")


@pytest.mark.parametrize("id_", [2**53 + 1, 2**63, 10**40])
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_an_id_beyond_exact_integers_names_nothing(alice: Api, method: str, id_: int) -> None:
    body = {"title": "x"} if method in ("PATCH", "PUT") else None
    problem(alice.call(method, f"todos/{id_}", body), 404, "not-found")


@pytest.mark.parametrize("name", ["list_id", "parent_id"])
def test_an_id_beyond_exact_integers_in_a_body_is_invalid(alice: Api, name: str) -> None:
    assert wrong(alice.post("todos", {"title": "x", name: 2**53 + 1})) == {f"/{name}": "range"}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("APPLICATION/JSON", 201),
        ("application/merge-patch+json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_a_body_is_json(alice: Api, kind: str, status: int) -> None:
    response = alice.post("todos", data=b'{"title": "x"}', headers={"Content-Type": kind})
    assert response.status_code == status
    if status == 415:
        problem(response, 415, "unsupported-media-type")


def test_a_patch_may_be_a_merge_patch(alice: Api) -> None:
    patch = {"data": b'{"title": "x"}', "content_type": "application/merge-patch+json"}
    assert alice.patch(f"todos/{alice.todo()['id']}", **patch).status_code == 200


def test_a_body_has_a_limit(alice: Api) -> None:
    body = {"data": b'{"title": "' + b"x" * 2**20, "content_type": "application/json"}
    problem(alice.post("todos", **body), 413, "content-too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "todo_"},
        {"X-API-Key": "todo_12345678_" + "x" * 43},
        {"X-API-Key": "todo_\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9_" + "x" * 43},
        {"X-API-Key": "x" * 10_000},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "session=todo_12345678_x"},
    ],
)
def test_without_a_right_key_nobody_gets_in(app: Flask, headers: dict[str, str]) -> None:
    for method, path in (("GET", "todos"), ("POST", "todos"), ("GET", "me"), ("PATCH", "lists/1")):
        body = {"data": b"{", "content_type": "application/json"} if method != "GET" else {}
        response = Api(app).call(method, path, headers=headers, **body)
        problem(response, 401, "unauthenticated")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_taken_from_headers_only(app: Flask, alice: Api) -> None:
    assert alice.key
    todo, bearer = alice.todo(), {"Authorization": f"bearer {alice.key}"}
    assert Api(app).get(f"todos/{todo['id']}", headers=bearer).status_code == 200
    for name in ("api_key", "X-API-Key", "access_token"):
        problem(Api(app).get(f"todos?{name}={alice.key}"), 401, "unauthenticated")
    for wrong_key in (alice.key[:-1], f"{alice.key}x", alice.key.upper(), f" {alice.key[1:]}"):
        problem(Api(app, wrong_key).get("todos"), 401, "unauthenticated")


@pytest.mark.parametrize("given", ["abc-123", "A.b:c/d+e=_", "x" * 128])
def test_a_sane_request_id_is_echoed(alice: Api, given: str) -> None:
    response = alice.get("todos", headers={"X-Request-ID": given})
    assert response.headers["Request-Id"] == response.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, '"', "<script>", "\xe9", "a\x00b"])
def test_another_request_id_is_replaced(alice: Api, given: str) -> None:
    response = alice.get("todos/1", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])
    problem(response, 404, "not-found")


@pytest.mark.parametrize("path", ["/api/v1/todos", "/api/v1/nothing", "/livez", "/todos", "/x"])
def test_every_answer_says_how_long_it_took(app: Flask, path: str) -> None:
    response = Api(app).get(path)
    assert re.fullmatch(r"app;dur=\d+\.\d", response.headers["Server-Timing"])
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers


def test_answers_of_the_api_are_private(alice: Api) -> None:
    todo = alice.todo()
    for path, cache in (("todos", "no-store"), (f"todos/{todo['id']}", "private, no-cache")):
        headers = alice.get(path).headers
        assert headers["Cache-Control"] == cache
        assert headers["Vary"] == "Authorization, X-API-Key"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "evil:80"])
def test_a_foreign_host_gets_nothing_and_into_nothing(alice: Api, host: str) -> None:
    response = alice.get("todos", headers={"Host": host})
    assert problem(response, 400, "untrusted-host")["type"] == "/problems/untrusted-host"
    assert "evil" not in str(response.headers)
    for probe in ("/livez", "/readyz", "/health"):
        assert alice.get(probe, headers={"Host": host}).status_code == 200


def test_a_host_that_no_name_can_be_gets_a_page_too(app: Flask) -> None:
    response = Api(app).get("/nothing", headers={"Host": "x" * 64, **HTML})
    assert response.status_code == 400
    assert response.mimetype == "text/html"


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nothing", None, "application/problem+json"),
        ("/nothing", "*/*", "application/problem+json"),
        ("/nothing", "application/json", "application/problem+json"),
        ("/nothing", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("/problems/nothing", "text/html", "text/html"),
        ("/admin/nothing", None, "text/html"),
        ("/api/v1/nothing", "text/html", "application/problem+json"),
        ("/todos/0", "text/html", "application/json"),
    ],
)
def test_an_error_has_the_shape_of_its_face(
    app: Flask, path: str, accept: str | None, kind: str
) -> None:
    response = Api(app).get(path, headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype) == (404, kind)
    if kind == "text/html":
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_headers_do_not_change_the_method(alice: Api, name: str) -> None:
    todo: Any = alice.todo()
    assert alice.get(f"todos/{todo['id']}", headers={name: "DELETE"}).get_json() == todo
    problem(
        alice.post(f"todos/{todo['id']}", {}, headers={name: "DELETE"}), 405, "method-not-allowed"
    )
    assert alice.get(f"todos/{todo['id']}").get_json() == todo
