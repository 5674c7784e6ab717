"""One todo in a real browser: made, worked on, edited by two people at once, brought back."""

from collections.abc import Callable, Iterator
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import needs_chromium, served
from tests.conftest import MakeSettings
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import accounts, lists, memberships, todos
from todoapp.services.preconditions import UNCONDITIONAL

PASSWORD = "quiet otter paints 7 fences"
pytestmark = needs_chromium
Enter = Callable[[str, str], Page]


@pytest.fixture
def address(make_settings: MakeSettings) -> Iterator[str]:
    """Serve a service where alice shares a list, with todos 1 to 3, with bob."""
    app: Flask = create_app(make_settings(threads="64"))
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            for name in ("alice", "bob"):
                accounts.create({"username": name, "password": PASSWORD}, at=utcnow())
            alice = accounts.acting("alice")
            list_id = lists.create(alice, {"name": "Shared"}, at=utcnow())
            body = {"role": "editor"}
            memberships.put(alice, list_id, "bob", body, UNCONDITIONAL, at=utcnow())
            for title in ("One", "Two", "Three"):
                wanted = {"title": title, "list_id": list_id, "tags": ["home", "heavy"]}
                todos.create(alice, wanted, at=utcnow())
    with served(app) as url:
        yield url


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def enter(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Enter]:
    """Return a function that opens a page in a silent window of somebody who is logged in."""
    said: list[str] = []
    contexts: list[BrowserContext] = []

    def note(message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            said.append(message.text)

    def open_(username: str, path: str) -> Page:
        context = browser.new_context(java_script_enabled=request.param)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/admin/login?next={path}")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert said == []


def test_one_makes_a_todo_works_on_it_and_throws_it_away(enter: Enter, address: str) -> None:
    page = enter("alice", "/admin/todos/new")
    page.get_by_role("button", name="Add the todo").click()
    expect(page.get_by_role("alert")).to_contain_text("Title: Must not be empty.")
    page.get_by_label("Title").fill("Pack")
    page.get_by_label("Description").fill("- [ ] **books**")
    page.get_by_label("Due date").fill("2030-01-02")
    page.get_by_label("Time").fill("09:30")
    page.get_by_label("Tags").fill("home, new")
    page.get_by_role("button", name="Add the todo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pack")
    expect(page.locator(".markdown strong")).to_have_text("books")
    expect(page.get_by_text("2 Jan 2030 09:30").first).to_be_visible()

    page.get_by_label("Title of a new subtask").fill("Find boxes")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Complete: Find boxes").click()
    expect(page.get_by_text("1 of 1 completed")).to_be_visible()

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Unpack")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Restore old Title: Pack").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pack")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unpack")

    url = page.url
    page.get_by_role("button", name="Trash").click()
    expect(page.get_by_role("status")).to_contain_text("The todo is in the trash.")
    page.goto(url)
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("button", name="Trash").click()
    page.goto(url)
    page.get_by_role("link", name="Delete for good").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("status")).to_contain_text("deleted for good")


def test_one_goes_through_a_list_todo_by_todo(enter: Enter, address: str) -> None:
    page = enter("alice", "/admin/todos?sort=title")
    page.get_by_role("link", name="One", exact=True).click()
    for title in ("Three", "Two"):
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("main").get_by_role("link", name="Todos").click()
    assert page.url == f"{address}/admin/todos?sort=title"


def edit(page: Page, **texts: str) -> None:
    for label, text in texts.items():
        page.get_by_label(label).fill(text)


def test_two_people_edit_one_todo_and_lose_nothing(enter: Enter, address: str) -> None:
    mine, theirs = enter("alice", "/admin/todos/1/edit"), enter("bob", "/admin/todos/1/edit")
    edit(theirs, Title="Bob's", Tags="home")
    theirs.get_by_label("Priority").select_option("high")
    theirs.get_by_role("button", name="Save").click()
    edit(mine, Title="Alice's", Description="Alice wrote\n\nthis")
    mine.get_by_role("button", name="Save").click()

    expect(mine.get_by_role("alert")).to_contain_text("bob saved it")
    expect(mine.get_by_label("Title, yours: Alice's")).to_be_checked()
    expect(mine.get_by_label("Priority, theirs: High")).to_be_checked()
    theirs.get_by_role("link", name="Edit").click()
    edit(theirs, Title="Bob's again")
    theirs.get_by_role("button", name="Save").click()
    mine.get_by_role("button", name="Save what is chosen").click()

    expect(mine.get_by_label("Title, theirs: Bob's again")).to_be_visible()
    mine.get_by_label("Title, theirs: Bob's again").check()
    mine.get_by_role("button", name="Edit what is chosen").click()
    expect(mine.get_by_label("Title")).to_have_value("Bob's again")
    edit(mine, Title="Bob's again, and Alice's")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_role("heading", level=1)).to_have_text("Bob's again, and Alice's")
    expect(mine.locator(".markdown p")).to_have_text(["Alice wrote", "this"])
    expect(mine.locator(".facts").first).to_contain_text("High")
    expect(mine.locator(".facts").first.get_by_role("link", name="heavy")).to_have_count(0)


def test_tags_are_offered_one_after_the_other(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/admin/login?next=/admin/todos/new")
    edit(page, Username="alice", Password=PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Tags").fill("new, h")
    offered = page.locator("#tag-names option").evaluate_all("all => all.map(one => one.value)")
    assert offered == ["new, heavy", "new, home"]
    page.get_by_label("Tags").fill("h")
    offered = page.locator("#tag-names option").evaluate_all("all => all.map(one => one.value)")
    assert offered == ["heavy", "home"]
    context.close()
