"""Reading what was done and taking it back, in a real browser; on a phone, too."""

from collections.abc import Iterator
from dataclasses import replace

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
from todoapp.services.preconditions import UNCONDITIONAL

PASSWORD = "quiet otter paints 7 fences"

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address(make_settings: MakeSettings) -> Iterator[str]:
    """Serve a service in which alice has renamed a todo, twice."""
    app: Flask = create_app(make_settings(threads="64"))
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            accounts.create({"username": "alice", "password": PASSWORD}, at=utcnow())
        actor = replace(accounts.acting("alice"), timezone="UTC")
        with unit_of_work():
            todo_id = todos.create(actor, {"title": "Plants"}, at=utcnow()).id
        for title in ("Water", "Water the plants"):
            with unit_of_work():
                todos.patch(actor, todo_id, {"title": title}, UNCONDITIONAL, at=utcnow())
    with served(app) as url:
        yield url


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone on which alice has logged in."""
    context = browser.new_context(
        java_script_enabled=request.param, viewport={"width": 360, "height": 800}
    )
    page = context.new_page()
    page.goto(f"{address}/admin/login")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    yield page
    context.close()


def test_one_reads_the_numbers_of_the_bars(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/")
    expect(page.get_by_role("img", name="Todos created and completed per day")).to_be_visible()
    page.get_by_text("Show as a table").click()
    row = page.get_by_role("row").filter(has_text="Today")
    expect(row.get_by_role("link", name="1")).to_be_visible()


def test_one_narrows_it_takes_back_the_latest_and_is_told_why_not_another(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/admin/activity")
    page.get_by_text("Kind", exact=True).click()
    page.get_by_role("link", name="Todos", exact=True).last.click()
    assert page.url.endswith("?noun=todo")
    before = page.locator(".history > li").count()

    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    assert page.url.endswith("?noun=todo")
    expect(page.locator(".history > li")).to_have_count(before + 1)

    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It cannot be undone")
    expect(page.get_by_role("heading", name="What has been done since")).to_be_visible()
    page.get_by_role("link", name="Go back").click()
    assert page.url.endswith("?noun=todo")
    page.get_by_role("link", name="Clear all").click()
    assert page.url.endswith("/admin/activity")


def test_the_dates_are_typed_and_kept(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/activity?noun=todo")
    page.get_by_text("Dates", exact=True).click()
    page.get_by_label("From").fill("2020-01-01")
    page.get_by_role("textbox", name="To").fill("2020-12-31")
    page.get_by_role("button", name="Show").locator("visible=true").click()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="To 31 Dec 2020").click()
    assert page.url.endswith("?noun=todo&since=2020-01-01")


@pytest.mark.parametrize("page", [True], indirect=True, ids=["with scripts"])
def test_keys_move_over_what_was_done(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/activity?noun=todo")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="One call")).to_be_visible()
