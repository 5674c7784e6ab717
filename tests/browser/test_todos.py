"""The list of todos in a real browser: its jobs with scripts and without, and by keyboard alone."""

from collections.abc import Iterator
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import needs_chromium, served
from tests.conftest import MakeSettings
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import accounts, todos

PASSWORD = "quiet otter paints 7 fences"
pytestmark = needs_chromium


@pytest.fixture
def address(make_settings: MakeSettings) -> Iterator[str]:
    """Serve a service with twelve todos of alice's; give scheme, host and port."""
    app: Flask = create_app(make_settings(threads="64"))
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            accounts.create({"username": "alice", "password": PASSWORD}, at=utcnow())
            actor = accounts.acting("alice")
            for number in range(12, 0, -1):
                todos.create(actor, {"title": f"Todo {number}"}, at=utcnow())
    with served(app) as url:
        yield url


def opened(browser: Browser, address: str, *, scripts: bool) -> Iterator[Page]:
    """Open the list, logged in, in a window that has to stay silent."""
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    said: list[str] = []

    def note(message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}/admin/login?next=/admin/todos?page_size%3D5")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Todos")).to_be_visible()
    yield page
    context.close()
    assert said == []


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    yield from opened(browser, address, scripts=request.param)


@pytest.fixture
def lively(browser: Browser, address: str) -> Iterator[Page]:
    yield from opened(browser, address, scripts=True)


def titles(page: Page) -> list[str]:
    return page.locator(".todo-title").all_inner_texts()


def test_one_finds_adds_completes_and_renames(page: Page, address: str) -> None:
    page.get_by_label("Search todos").fill("todo 1")
    page.keyboard.press("Enter")
    expect(page.locator(".todo-title")).to_have_text(["Todo 1", "Todo 10", "Todo 11", "Todo 12"])
    page.get_by_role("button", name="Complete: Todo 11").click()
    expect(page.get_by_role("status")).to_contain_text("The todo is completed.")
    expect(page.get_by_role("button", name="Reopen: Todo 11")).to_be_visible()

    page.get_by_role("link", name="Rename: Todo 10").click()
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.get_by_label("Title", exact=True).fill("Todo 1 more")
    page.keyboard.press("Enter")
    expect(page.locator(".todo-title")).to_have_text(
        ["Todo 1", "Todo 1 more", "Todo 11", "Todo 12"]
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".todo-title").nth(1)).to_have_text("Todo 10")

    page.get_by_label("Title of a new todo").fill("Todo 1 by hand")
    page.keyboard.press("Enter")
    expect(page.locator(".todo-title").first).to_have_text("Todo 1 by hand")
    assert page.url.endswith("/admin/todos?page_size=5&find=todo+1")


def test_one_pages_and_sorts(page: Page) -> None:
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".todo-title").first).to_have_text("Todo 6")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".todo-title").first).to_have_text("Todo 1")
    page.get_by_role("link", name="Title", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Title")
    assert titles(page) == ["Todo 1", "Todo 10", "Todo 11", "Todo 12", "Todo 2"]


def test_a_conflict_in_the_row_loses_nothing(page: Page, address: str) -> None:
    page.get_by_role("link", name="Rename: Todo 3").click()
    page.get_by_label("Title", exact=True).fill("Mine")
    other = page.context.new_page()
    other.goto(f"{address}/admin/todos")
    other.get_by_role("link", name="Rename: Todo 3").click()
    other.get_by_label("Title", exact=True).fill("Theirs")
    other.keyboard.press("Enter")
    expect(other.get_by_role("link", name="Theirs", exact=True)).to_be_visible()
    other.close()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#rename-error")).to_contain_text("its title is now “Theirs”")
    assert page.get_by_label("Title", exact=True).input_value() == "Mine"
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Mine", exact=True)).to_be_visible()


def test_a_row_changes_without_a_new_page(lively: Page) -> None:
    lively.evaluate("window.stays = true")
    lively.get_by_role("link", name="Rename: Todo 2").click()
    lively.get_by_label("Title", exact=True).fill("Todo 2 again")
    lively.keyboard.press("Enter")
    expect(lively.get_by_role("link", name="Todo 2 again", exact=True)).to_be_focused()
    lively.get_by_role("link", name="Rename: Todo 3").click()
    lively.get_by_role("link", name="Cancel").click()
    expect(lively.get_by_role("link", name="Todo 3", exact=True)).to_be_focused()
    lively.get_by_role("button", name="Complete: Todo 1", exact=True).click()
    expect(lively.get_by_role("link", name="Todo 1", exact=True)).to_have_count(0)
    expect(lively.get_by_role("link", name="Todo 2 again", exact=True)).to_be_focused()
    expect(lively.locator(".page-head")).to_contain_text("11 todos")
    assert lively.evaluate("window.stays")


def test_the_keys_move_open_and_add(lively: Page, address: str) -> None:
    keys = lively.keyboard
    for key in "jjjk":
        keys.press(key)
    expect(lively.get_by_role("link", name="Todo 2", exact=True)).to_be_focused()
    keys.press("/")
    expect(lively.get_by_label("Search todos")).to_be_focused()
    keys.press("Escape")
    keys.press("j")
    keys.press("e")
    lively.wait_for_url("**/admin/todos/*?in=page_size*")
    lively.go_back()
    keys.press("c")
    lively.wait_for_url("**/admin/todos/new")
    expect(lively.get_by_label("Title")).to_be_focused()
    keys.press("Escape")
    keys.press("/")
    lively.wait_for_url("**/admin/todos#find")
    expect(lively.get_by_label("Search todos")).to_be_focused()


def test_the_keys_select_and_act(lively: Page) -> None:
    for key in "jxjxb":
        lively.keyboard.press(key)
    expect(lively.get_by_role("button", name="Complete", exact=True)).to_be_focused()
    lively.keyboard.press("Enter")
    expect(lively.get_by_role("status")).to_contain_text("2 todos are completed.")


def test_one_selects_and_acts(page: Page) -> None:
    page.get_by_label("Select: Todo 1", exact=True).check()
    page.get_by_label("Select: Todo 3", exact=True).check()
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("2 todos are completed.")
    expect(page.locator(".todo-title").first).to_have_text("Todo 2")
    assert page.url.endswith("?page_size=5")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".todo-title").first).to_have_text("Todo 1")
    page.get_by_label("Select: Todo 1", exact=True).check()
    page.get_by_label("all 12 that match").check()
    page.locator(".bulk summary").click()
    page.get_by_label("Tags", exact=True).fill("work")
    page.get_by_role("button", name="Add (Tags)").click()
    expect(page.get_by_role("status")).to_contain_text("12 todos are tagged.")


def test_the_bar_counts_what_is_selected(lively: Page) -> None:
    bar = lively.locator(".bulk")
    expect(bar).to_be_hidden()
    lively.get_by_label("Select: Todo 2", exact=True).click()
    lively.get_by_label("Select: Todo 4", exact=True).click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 selected")
    lively.get_by_label("Select all on this page").click()
    expect(bar).to_contain_text("5 selected")
    lively.get_by_label("Select all on this page").click()
    expect(bar).to_be_hidden()
    for key in "jjx":
        lively.keyboard.press(key)
    expect(bar).to_contain_text("1 selected")
    expect(lively.get_by_label("Select: Todo 2", exact=True)).to_be_checked()
