"""Pages of other origins: shut out, but for those that the settings name."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import Api, problem

Configured = Callable[..., Flask]
OURS = "https://app.example.com"
LOCAL = "http://[::1]:3000"
#: Nothing of this depends on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def page(configured: Configured, alice: Api) -> Api:
    """A page at OURS that has alice's key."""
    app = configured(cors_origins=f"{OURS}, {LOCAL}")
    return Api(app, alice.key, alice.actor, {"Origin": OURS})


def cors(response: TestResponse) -> dict[str, str]:
    """Return the headers of CORS; none is sent twice."""
    sent = [(n, v) for n, v in response.headers if n.startswith("Access-Control-")]
    assert len(sent) == len(dict(sent))
    return dict(sent)


def preflight(
    api: Api, path: str, method: str = "PATCH", headers: str = "x-api-key"
) -> TestResponse:
    """Ask as a browser asks, which sends no key."""
    asks = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return Api(api.app, headers=api.headers | asks).call("OPTIONS", path)


@pytest.mark.parametrize("path", ["todos", "/todos", "/admin", "/docs", "/livez", "/nothing"])
@pytest.mark.parametrize("origin", [OURS, "null", "http://localhost"])
def test_nobody_is_let_in_unless_the_settings_say_so(alice: Api, path: str, origin: str) -> None:
    """ASVS 3.4.2."""
    alice.headers["Origin"] = origin
    assert cors(alice.get(path)) == {}
    assert cors(preflight(alice, path)) == {}


def test_a_named_origin_may_call_with_a_key_and_never_with_cookies(page: Api) -> None:
    answer = page.get("todos")
    assert answer.status_code == 200
    shown = cors(answer)
    assert shown.pop("Access-Control-Allow-Origin") == OURS
    assert set(shown.pop("Access-Control-Expose-Headers").split(", ")) == {
        *("ETag", "Location", "Link", "Request-Id", "Change-Id", "Retry-After"),
        *("RateLimit", "RateLimit-Policy", "Idempotent-Replayed", "API-Key-Expires"),
        "Content-Disposition",
    }
    assert shown == {}


def test_a_preflight_needs_no_key(page: Api) -> None:
    sent = "authorization, x-api-key, content-type, if-match, if-none-match, idempotency-key"
    answer = preflight(page, "todos/1", headers=f"{sent}, x-request-id, x-evil")
    assert answer.status_code == 200
    told = cors(answer)
    assert told["Access-Control-Allow-Origin"] == OURS
    assert set(told["Access-Control-Allow-Headers"].split(", ")) == {
        *sent.split(", "),
        "x-request-id",
    }
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        told["Access-Control-Allow-Methods"].split(", ")
    )
    assert told["Access-Control-Max-Age"] == "600"
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "https://app.example.com.evil.example",
        "https://evil.app.example.com",
        "https://appxexample.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "http://::3000",
        "",
    ],
)
def test_an_origin_is_named_exactly_or_not_at_all(page: Api, origin: str) -> None:
    page.headers["Origin"] = origin
    assert cors(page.get("todos")) == {}
    assert cors(preflight(page, "todos")) == {}


def test_an_origin_may_be_an_address(page: Api) -> None:
    page.headers["Origin"] = LOCAL
    assert cors(page.get("todos"))["Access-Control-Allow-Origin"] == LOCAL


def test_caches_keep_the_answers_to_origins_apart(page: Api, alice: Api) -> None:
    for origin in (OURS, "https://evil.example", None):
        headers = {"Origin": origin} if origin else {}
        answer = Api(page.app, page.key).get("todos", headers=headers)
        assert answer.headers.getlist("Vary") == ["Authorization, X-API-Key, Origin"]
    assert alice.get("todos").headers.getlist("Vary") == ["Authorization, X-API-Key"]


def test_errors_are_shown_as_well(page: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = Api(page.app, "todo_none", headers=page.headers)
    for answer, status, code in (
        (stranger.get("todos"), 401, "unauthenticated"),
        (page.get("todos/987654321"), 404, "not-found"),
        (page.get("nothing"), 404, "not-found"),
        (page.post("todos", {}), 422, "validation-failed"),
    ):
        problem(answer, status, code)
        assert cors(answer)["Access-Control-Allow-Origin"] == OURS


def test_a_failure_of_ours_is_shown_as_well(page: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(page.app.view_functions, "api.get_index", fail)
    answer = page.app.test_client().get("/api/v1", headers=page.headers)
    assert answer.status_code == 500
    assert cors(answer)["Access-Control-Allow-Origin"] == OURS


@pytest.mark.parametrize("path", ["/todos", "/admin", "/docs", "/livez", "/", "/apiary"])
def test_only_the_api_is_open(page: Api, path: str) -> None:
    assert cors(page.get(path)) == {}
    assert cors(preflight(page, path)) == {}


def test_the_simple_face_with_guests_is_open_to_all_and_the_api_is_not(
    configured: Configured,
) -> None:
    anybody = Api(configured(guest_access="true"), headers={"Origin": "https://evil.example"})
    assert cors(anybody.get("/todos"))["Access-Control-Allow-Origin"] == "*"
    assert cors(anybody.get("todos")) == {}
