"""What browsers are led to do: OWASP ASVS 5.0, 3.3, 3.5 and 3.7, a test for each criterion."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.api import Api, problem
from tests.support.jobs import dead_job
from tests.support.pages import PASSWORD, Browser
from tests.support.tables import contents
from todoapp.api.openapi import operations

#: What depends on neither engine is tried on one.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HTTPS = "https://localhost"


def attributes(response: TestResponse) -> set[str]:
    """Return the attributes of the one cookie that is set, its name among them."""
    [line] = response.headers.getlist("Set-Cookie")
    name, *others = line.split("; ")
    return {name.partition("=")[0], *others}


@pytest.fixture
def arguments(account: Api) -> dict[str, Any]:
    """Return something of alice's for each argument of a route."""
    list_id = account.make_list("Hers")["id"]
    todo = account.post("todos", {"title": "Hers", "tags": ["hers"]})
    account.delete(f"todos/{account.todo('Thrown away')['id']}")
    return {
        "todo_id": todo.get_json()["id"],
        "list_id": list_id,
        "view_id": account.made("views", {"name": "x"})["id"],
        "change_id": todo.headers["Change-Id"],
        "key_id": account.get("api-keys").get_json()["api_keys"][0]["id"],
        "username": "alice",
        "session_id": 1,
        "job_id": dead_job(account.app),
        "code": "malformed",
        "name": "hers",
        "version": "0",
        "question": "delete",
    }


def paths(app: Flask, method: str, arguments: dict[str, Any]) -> Iterator[tuple[Rule, str]]:
    """Yield every route that takes `method`, and a path that leads there."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            named = {name: arguments[name] for name in rule.arguments}
            built = rule.build(named, append_unknown=False)
            assert built, rule
            yield rule, built[1]


@one_engine
def test_3_3_the_cookie_over_http(app: Flask, account: Api) -> None:
    assert attributes(Browser(app).log_in()) == {"session", "HttpOnly", "SameSite=Lax", "Path=/"}


@one_engine
def test_3_3_the_cookie_over_https(
    app: Flask, account: Api, configured: Callable[..., Flask]
) -> None:
    wanted = {"__Host-session", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"}
    browser = Browser(app, HTTPS)
    assert attributes(browser.log_in()) == wanted
    assert browser.is_in()
    # One that came over HTTP, where anybody on the way could plant it, is worth nothing.
    planted = Browser(app, HTTPS)
    planted.client.set_cookie("session", browser.cookie)
    assert not planted.is_in()
    assert attributes(browser.post("/admin/logout", form="/admin")) >= wanted
    behind_proxy = Browser(configured(public_url="https://todo.example.com"), "http://localhost")
    assert attributes(behind_proxy.get("/admin/login")) == wanted


@one_engine
def test_3_5_1_every_form_needs_its_token(
    app: Flask, account: Api, arguments: dict[str, Any]
) -> None:
    browser, stranger, other = Browser(app), Browser(app), Browser(app)
    browser.log_in()
    stranger.get("/admin/login")
    page = other.get("/admin/login").text
    anothers = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    assert anothers
    before = contents(app)
    tried = 0
    for rule, path in paths(app, "POST", arguments):
        if rule.rule.startswith("/admin"):
            tried += 1
            for one in (browser, stranger):
                for token in ({}, {"csrf_token": ""}, {"csrf_token": anothers}):
                    fields = {"username": "alice", "password": PASSWORD, **token}
                    assert one.send(path, **fields).status_code == 400, path
    assert tried >= 5
    assert contents(app) == before
    assert browser.is_in()
    assert not stranger.is_in()


def test_3_5_3_looking_changes_nothing(app: Flask, account: Api, arguments: dict[str, Any]) -> None:
    browser = Browser(app)
    browser.log_in()
    before = contents(app)
    looked = 0
    for rule, path in paths(app, "GET", arguments):
        looked += 1
        caller = browser if rule.rule.startswith("/admin") else account
        misleading = {"_method": "DELETE", "title": "x", "completed": "true"}
        with caller.get(path) as page, caller.get(path, query_string=misleading):
            in_vain = rule.endpoint in _NOT_ALICES or rule.rule.startswith(_ADMINISTRATORS)
            assert page.status_code < 400 or in_vain, path
        Api(app).get(path).close()
    assert looked >= 80
    assert contents(app) == before


_ADMINISTRATORS = ("/admin/users", "/admin/new-user", "/admin/system")
#: What else alice asks for in vain: what is for administrators or developers, what is not there,
#: and what a path alone does not name.
_NOT_ALICES = {
    *(
        "api.list_users",
        "api.get_user",
        "api.get_session",
        "api.list_jobs",
        "api.get_job",
        "docs.asset",
        "assets.file",
    ),
    "admin.patterns",
    *("admin.edit_tag", "admin.merge_tags", "admin.leave_tag"),
}


@one_engine
def test_3_5_what_changes_something_cannot_be_reached_by_looking(
    app: Flask, account: Api, arguments: dict[str, Any]
) -> None:
    browser = Browser(app)
    browser.log_in()
    readable = {path for _, path in paths(app, "GET", arguments)}
    for rule, path in paths(app, "POST", arguments):
        if path not in readable:
            caller = browser if rule.rule.startswith("/admin") else account
            assert caller.get(path).status_code in (404, 405), path
    assert browser.is_in()


@one_engine
def test_3_5_the_api_never_reads_the_cookie(
    app: Flask, account: Api, arguments: dict[str, Any]
) -> None:
    browser = Browser(app)
    browser.log_in()
    before = contents(app)
    tried = 0
    for rule, method, _name, declared in operations(app):
        if not declared.public:
            tried += 1
            named = {name: arguments[name] for name in rule.arguments}
            path = (rule.build(named, append_unknown=False) or ("", ""))[1]
            answer = browser.client.open(path, method=method.upper(), json={})
            problem(answer, 401, "unauthenticated")
            assert "Set-Cookie" not in answer.headers
    assert tried >= 40
    for answer in (browser.get("/secret_todos"), browser.client.post("/todos", json={})):
        assert answer.status_code == 401
    assert contents(app) == before


#: What a link may be made to say; none of it is a page of ours.
ELSEWHERE = [
    "https://evil.example/admin",
    "//evil.example/admin",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/admin\\@evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/admin/\r\nLocation: https://evil.example",
    "/\t/evil.example",
    " //evil.example",
    "/admin@evil.example",
    "/admin.evil.example",
]


def is_ours(response: TestResponse) -> bool:
    """Tell whether the answer leads to our host, if anywhere."""
    to = urlsplit(urljoin("http://localhost/", response.headers.get("Location", "")))
    return (to.scheme, to.netloc) == ("http", "localhost")


@one_engine
@pytest.mark.parametrize("target", ELSEWHERE)
def test_3_7_2_the_login_leads_to_our_pages(app: Flask, account: Api, target: str) -> None:
    browser = Browser(app)
    page = browser.get("/admin/login", query_string={"next": target})
    token = page.text.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    fields = {"username": "alice", "password": PASSWORD, "csrf_token": token}
    entered = browser.client.post("/admin/login", query_string={"next": target}, data=fields)
    again = browser.get("/admin/login", query_string={"next": target})
    for answer in (entered, again):
        assert (answer.status_code, answer.location) == (303, "/admin/")


@one_engine
def test_3_7_2_every_redirect_stays_on_our_host(
    app: Flask, account: Api, arguments: dict[str, Any]
) -> None:
    stranger, browser = Browser(app), Browser(app)
    browser.log_in()
    names = ("next", "url", "return_to", "redirect_uri")
    redirects = 0
    for one in (stranger, browser):
        for _rule, path in paths(app, "GET", arguments):
            for tried in (path, f"{path}/", f"{path}//evil.example", f"{path}/..//evil.example"):
                answer = one.get(tried, query_string=dict.fromkeys(names, "//evil.example"))
                assert is_ours(answer), (tried, answer.headers["Location"])
                redirects += "Location" in answer.headers
                answer.close()
    for path in ("//evil.example/admin", "//evil.example/..", "/\\evil.example", "/\t//x"):
        assert is_ours(browser.client.get("/", environ_overrides={"PATH_INFO": path})), path
    assert redirects >= 5
