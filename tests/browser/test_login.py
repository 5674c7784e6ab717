"""The pages of an account in a real browser: log in, change the password, leave; on a phone too."""

import re
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
from todoapp.services import accounts

PASSWORD = "quiet otter paints 7 fences"
ANOTHER = "seven loud herons knit"

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address(make_settings: MakeSettings) -> Iterator[str]:
    """Serve a service with two accounts on a free port; give scheme, host and port."""
    # This server has a thread for each connection, and each thread one to the database.
    app: Flask = create_app(make_settings(threads="64"))
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            for username, role in (("alice", "member"), ("root", "admin")):
                person = {"username": username, "password": PASSWORD, "role": role}
                accounts.create(person, at=utcnow())
    with served(app) as url:
        yield url


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window that has to stay silent; what Chromium says of the status 422 aside."""
    context = browser.new_context(java_script_enabled=request.param)
    page = context.new_page()
    said: list[str] = []

    def note(message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def log_in(page: Page, address: str, password: str = PASSWORD, username: str = "alice") -> None:
    page.goto(f"{address}/admin")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_one_logs_in_changes_the_password_and_leaves_nothing_behind(
    page: Page, address: str
) -> None:
    log_in(page, address, "wrong")
    assert page.get_by_role("alert").inner_text().endswith("The name or the password is wrong.")
    assert page.get_by_label("Username").input_value() == "alice"
    assert page.get_by_label("Password").input_value() == ""
    log_in(page, address)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()

    for old, new in ((PASSWORD, ANOTHER), (ANOTHER, PASSWORD)):
        page.get_by_role("link", name="My account").first.click()
        page.get_by_role("link", name="Change password").click()
        page.get_by_label("Current password").fill(old)
        page.get_by_label("New password").fill(new)
        page.get_by_role("button", name="Change password").click()
        assert page.get_by_role("status").inner_text().startswith("Your password is changed.")

    page.get_by_role("link", name="My account").first.click()
    page.get_by_role("link", name="Show sessions").click()
    expect(page.get_by_text("This one")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    assert page.url == f"{address}/admin/login"
    for _ in range(2):
        page.evaluate("history.back()")  # a page that was kept loads itself anew: no single load
        expect(page).to_have_url(re.compile(f"^{address}/admin/login"))
        expect(page.get_by_role("button", name="Log out")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone(browser: Browser, address: str, scheme: Any) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, color_scheme=scheme, user_agent="x" * 200
    )
    page = context.new_page()
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    page.goto(f"{address}/admin/login")
    page.get_by_role("button", name="Log in").click()
    for path in (None, "", "/account", "/sessions", "/password"):
        if path is not None:
            page.goto(f"{address}/admin{path}")
        scroll, client = page.evaluate(widths)
        assert scroll <= client, page.url
        assert page.locator("h1").count() == 1
        if path is None:
            log_in(page, address)
            expect(page.get_by_role("button", name="Menu")).to_be_visible()
    context.close()
