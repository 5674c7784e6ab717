"""What a list of todos is taken away as: a file, a call of the API, a saved view."""

import csv
import json
import os
import re
import subprocess
from collections.abc import Callable
from html import unescape
from urllib.parse import quote

import pytest
from flask import Flask

from tests.browser.conftest import served
from tests.support.api import Api
from tests.support.listing import links, titles
from tests.support.pages import PASSWORD, Browser
from todoapp.clock import utcnow

STATES = [
    "",
    "?status=any",
    "?status=any&sort=title&page_size=25",
    '?find=home "oat milk"',
    "?find=priority >= high OR tags : home&status=open",
    "?find=text : 'it',status=any",
    "?q=don't&status=completed,pending",
    '?tags=home,O\'Brien "$HOME" `id`',
    "?due=overdue&assigned_to=me",
    "?due=none&priority=high,low",
    "?due_before=2027-01-01&created_by=me",
    "?updated_since=2020-01-01T00:00:00Z&parent_id=none",
    "?completed=true",
    "?assigned_to=none&due=any",
]


@pytest.fixture
def todos(visitor: Api) -> Api:
    """Return alice, with todos that differ in everything."""
    visitor.todo("Oat milk for home", tags=["home"], priority="high", due_date="2026-01-02")
    visitor.todo("It", tags=["home", 'O\'Brien "$HOME" `id`'], assigned_to="alice")
    visitor.todo("Don't", status="completed", priority="low", due_date="2030-01-01")
    parent = visitor.todo("Milk oat at home", due_date="2026-01-02", assigned_to="alice")
    visitor.todo("A part", parent_id=parent["id"], status="on_hold", priority="low")
    return visitor


def ids(page: str) -> list[int]:
    return [int(id_) for id_ in re.findall(r'id="todo-(\d+)"', page)]


def url(state: str) -> str:
    return f"/admin/todos{quote(state, safe='?=&,:')}"


@pytest.mark.parametrize("role", ["member", "admin"])
def test_the_curl_line_lists_these_very_todos(
    app: Flask, person: Callable[..., Api], todos: Api, role: str
) -> None:
    bob = (
        person("bob", ["todos:read", "todos:write", "admin"], password=PASSWORD, role=role)
        if role == "admin"
        else todos
    )
    window = Browser(app)
    window.log_in(bob.actor.username if bob.actor else "")
    with served(app) as base:
        environ = {**os.environ, "TODO_KEY": bob.key or ""}
        for state in STATES:
            page = window.get(url(state)).text
            line = re.search(r"<code>(curl -G .*?)</code>", page, re.DOTALL)
            if line is None:
                assert "aria-invalid" in page
                continue
            command = unescape(line[1]).replace("http://localhost", base)
            ran = subprocess.run(
                ["sh", "-c", f"{command} -s"],
                env=environ,
                capture_output=True,
                timeout=30,
                check=True,
            )
            found = [todo["id"] for todo in json.loads(ran.stdout)["todos"]]
            assert found == ids(page), state


@pytest.mark.parametrize("state", STATES)
def test_a_file_holds_what_is_filtered(todos: Api, window: Browser, state: str) -> None:
    page = window.get(url(state))
    if page.status_code != 200:
        assert "Export" not in page.text
        return
    with window.get(links(page)["JSON lines, for programs"]) as lines:
        found = [json.loads(line)["id"] for line in lines.text.splitlines()]
    assert sorted(found) == sorted(ids(page.text))
    with window.get(links(page)["CSV, for spreadsheets"]) as table:
        rows = list(csv.DictReader(table.text.removeprefix("\ufeff").splitlines()))
    assert len(rows) == len(found)
    assert table.headers["Content-Disposition"].endswith(
        f'todos-{utcnow().astimezone(todos.actor.zone).date()}.csv"'  # type: ignore[union-attr]
    )


def test_a_file_is_of_json_lines_unless_told_otherwise(todos: Api, window: Browser) -> None:
    with window.get("/admin/todos/export?find=oat") as lines:
        assert [json.loads(line)["title"] for line in lines.text.splitlines()] == [
            "Milk oat at home",
            "Oat milk for home",
        ]


def test_a_file_of_what_cannot_be_read_is_refused(todos: Api, window: Browser) -> None:
    for wrong in ("format=exe", "format=csv&status=x", "find=status %3D x&format=csv"):
        assert window.get(f"/admin/todos/export?{wrong}").status_code in (400, 422)


@pytest.mark.parametrize("state", STATES)
def test_a_list_is_saved_as_a_view_that_shows_the_same(
    todos: Api, window: Browser, state: str
) -> None:
    page = window.get(url(state))
    if page.status_code != 200:
        assert "Save view" not in page.text
        return
    saved = window.post("/admin/todos/view", url(state), name="Mine", list_id="", next=url(state))
    assert saved.status_code == 303, saved.text
    assert saved.location.startswith("/admin/todos?view=")
    view = window.get(saved.location)
    assert "The view “Mine” is saved." in view.text
    assert ids(view.text) == ids(page.text)


def test_a_view_is_shared_with_a_list(todos: Api, window: Browser) -> None:
    house = todos.make_list("House")["id"]
    todos.todo("Sweep", list_id=house)
    here = {"form": "/admin/todos", "next": "/admin/todos"}
    saved = window.post("/admin/todos/view", **here, name="Ours", list_id=str(house))
    assert titles(window.get(saved.location)) == ["Sweep"]
    assert todos.get("views").get_json()["views"][0]["list_id"] == house


def test_a_view_without_a_name_is_refused_and_the_list_kept(todos: Api, window: Browser) -> None:
    here = "/admin/todos?tags=home"
    refused = window.post("/admin/todos/view", here, name="", list_id="", next=here)
    assert refused.status_code == 422
    assert 'id="view-error"' in refused.text
    assert titles(refused) == ["It", "Oat milk for home"]
