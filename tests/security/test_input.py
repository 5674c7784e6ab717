"""What is sent: OWASP ASVS 5.0 and API Security Top 10 (2023), a test for each criterion.

tests/web/test_hostile.py sends the same kinds of things to every route.
"""

import ast
import re
import time
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask

import todoapp
from tests.api.test_export import cells
from tests.support.api import Api, problem, wrong
from tests.support.hostile import BODIES, TITLES
from tests.support.pages import Browser

JSON = "application/json"
#: What depends on neither engine is tried on one.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_nothing_that_a_client_sends_gives_a_5xx(alice: Api, body: bytes) -> None:
    todo = alice.todo()
    for method, path in (("POST", "todos"), ("PATCH", f"todos/{todo['id']}"), ("POST", "/todos")):
        assert alice.call(method, path, data=body, content_type=JSON).status_code < 500


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_1_2_a_title_is_text_everywhere(alice: Api, title: str) -> None:
    made = alice.todo(title)
    assert made["title"] == title
    assert alice.get("todos").get_json()["todos"][0]["title"] == title
    for path in (f"todos/{made['id']}", "todos", "/todos"):
        response = alice.get(path)
        # Never as HTML, whatever a browser guesses.
        assert response.mimetype == JSON
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@one_engine
@pytest.mark.parametrize("text", TITLES.values(), ids=TITLES)
def test_1_2_what_a_page_shows_is_text(app: Flask, account: Api, text: str) -> None:
    agent = text.encode("ascii", "ignore").decode()  # as it is a header
    typed, listed = pages(app, text, agent)
    assert elements(typed, listed) == elements(*pages(app, "plain", "plain"))
    assert text in unescape(typed)
    assert agent in unescape(listed)


def pages(app: Flask, username: str, agent: str) -> tuple[str, str]:
    """Return the login, to which somebody could not log in, and the sessions of alice."""
    browser = Browser(app)
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    typed = browser.log_in(username).text
    browser.log_in()
    listed = browser.get("/admin/sessions").text
    browser.post("/admin/logout", form="/admin/sessions")
    return typed, listed


def elements(*pages: str) -> list[tuple[str, list[str]]]:
    """Return what the pages are made of: each element, and the names of its attributes."""
    found: list[tuple[str, list[str]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append(  # type: ignore[method-assign]
        (tag, [name for name, _ in attributes])
    )
    for page in pages:
        parser.feed(page)
    return found


FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠SUM", "=cmd|' /C calc'!A0"),
    *('=HYPERLINK("http://evil.example","x")', "'=1", "''", "'", '=","', "-5,00"),
]
HARMLESS = ['"', "1-1", "a=b", "x@example.com", "1,5", 'say "hi"', "🌍 = 🌎", "<script>", "née"]


@pytest.mark.parametrize("title", FORMULAS + HARMLESS)
def test_1_2_10_no_cell_of_an_exported_file_is_a_formula(alice: Api, title: str) -> None:
    """To take away the first apostrophe gives back what was there."""
    described = f"\t {title}\n=1"
    alice.todo(title, description=described, uid=title, tags=[title.replace(",", ";")])
    [row] = cells(alice)
    for name, value in (("title", title), ("description", described), ("uid", title)):
        assert row[name] == ("" if value in HARMLESS else "'") + value
        assert row[name].removeprefix("'") == value
        assert not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", row[name])
    assert row["tags"].removeprefix("'") == title.replace(",", ";")


def test_1_2_10_blanks_do_not_hide_a_formula(alice: Api) -> None:
    for text in (" =1", "\n=1", "\u3000＝1", "\u00a0@x", "  -1"):
        alice.todo(description=text)
        assert cells(alice)[-1]["description"] == f"'{text}"


def test_4_what_is_too_big_is_refused(alice: Api) -> None:
    for method, path in (("POST", "todos"), ("POST", "auth/token"), ("POST", "/todos")):
        big = b'{"title": "' + b"x" * 2**24 + b'"}'
        response = alice.call(method, path, data=big, content_type=JSON)
        assert response.status_code == 413
    assert alice.get("todos", headers={"X-Long": "x" * 2**16}).status_code < 500
    assert alice.ids() == []


@pytest.mark.parametrize(
    "query",
    [
        f"q={'a' * 100_000}",
        f"tags={','.join(map(str, range(50_000)))}",
        f"sort={'-' * 100_000}id",
        f"fields={','.join(['id'] * 30_000)}",
        f"page_token={'A' * 100_000}",
        f"due_before={'9' * 100_000}",
        f"created_by={'a.' * 50_000}",
        "page_size=" + "9" * 100_000,
        f"filter={'(' * 100_000}",
        f"filter={'NOT ' * 500}",
        f"filter={'-' * 2_000}",
        f"filter={'id=1 OR (' * 222}",
        f"filter=title:{'a-' * 990}",
    ],
    ids=lambda query: query[:12],
)
def test_2_4_1_what_is_parsed_is_bounded_and_takes_linear_time(alice: Api, query: str) -> None:
    start = time.process_time()
    assert alice.get(f"todos?{query}").status_code in (200, 400, 422)
    # A parser that goes back over what it has read would take minutes.
    assert time.process_time() - start < 5


def test_2_4_1_a_filter_is_bounded_in_length_depth_and_comparisons(alice: Api) -> None:
    todo = alice.todo()
    most = " OR ".join(["due_date = today"] * 49 + [f"id = {todo['id']}"])
    deepest = "(" * 15 + f"id = {todo['id']}" + ")" * 15
    for text in (most, deepest):
        assert alice.ids(f"todos?count=true&sort=due_date&filter={text}") == [todo["id"]]
    for text, code in ((f"id = 1 OR {most}", "too_many"), (f"({deepest})", "too_deep")):
        document = problem(alice.get(f"todos?filter={text}"), 400, "bad-filter")
        assert [error["code"] for error in document["errors"]] == [code]
    assert wrong(alice.get(f"todos?filter=title:{'x' * 2000}")) == {"filter": "too_long"}


def test_2_4_1_pages_and_batches_are_bounded(alice: Api) -> None:
    for number in range(3):
        alice.todo(str(number))
    assert len(alice.get("todos?page_size=100000").get_json()["todos"]) == 3
    assert wrong(alice.get("todos?page_size=0")) == {"page_size": "range"}
    operations = [{"op": "create", "todo": {"title": "x"}}] * 101
    assert wrong(alice.post("todos/batch", {"operations": operations})) == {"/operations": "length"}
    deep: object = "x"
    for _ in range(40):
        deep = {"title": deep}
    problem(alice.post("todos", deep), 400, "malformed")


#: What could call a URL that somebody has sent, or spin on a rule of recurrence.
_CLIENTS = {"requests", "httpx", "urllib3", "aiohttp", "urllib.request", "http.client"}
_CLIENTS |= {"ftplib", "smtplib", "dateutil"}


def test_api7_1_3_6_nothing_calls_urls_nor_expands_recurrence() -> None:
    """Whatever comes to do so has to refuse loopback and private targets, and endless rules."""
    root = Path(todoapp.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", [])]
            if isinstance(node, ast.ImportFrom):  # from urllib import request
                names = [f"{node.module}.{name}" for name in names]
            if isinstance(node, ast.Import | ast.ImportFrom):
                found = {name for name in names if _is_client(name)}
                assert not found, f"{path.relative_to(root)} imports {found}"


def _is_client(name: str) -> bool:
    return any(f"{name}.".startswith(f"{client}.") for client in _CLIENTS)
