"""The second factor in a real browser: set up from the page, then used to log in."""

from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_login import PASSWORD, address, log_in, page, pytestmark
from todoapp.clock import utcnow

__all__ = ["address", "page", "pytestmark"]


def set_up(page: Page, address: str) -> pyotp.TOTP:
    """Go as far as the code; return what the app would be."""
    page.goto(f"{address}/admin/two-factor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    return pyotp.TOTP(page.locator("code.secret").inner_text())


def log_in_with(page: Page, address: str, code: str) -> None:
    page.goto(f"{address}/admin/login")
    page.get_by_text("I use a second factor").click()
    page.get_by_role("textbox", name="Code").fill(code)
    log_in_here(page)


def log_in_here(page: Page) -> None:
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_one_sets_up_an_app_and_logs_in_with_its_next_code(page: Page, address: str) -> None:
    log_in(page, address)
    app = set_up(page, address)
    page.get_by_role("textbox", name="Code").fill(app.now())
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Log out").click()

    log_in_here(page)
    assert "Enter the code that your app shows" in page.get_by_role("alert").inner_text()
    # The next code counts before its time: nobody has to wait for it.
    log_in_with(page, address, app.at(utcnow() + timedelta(seconds=30)))
    expect(page.get_by_role("button", name="Log out")).to_be_visible()

    page.get_by_role("link", name="My account").first.click()
    page.get_by_role("link", name="Manage the second factor").click()
    page.get_by_role("link", name="Turn the second factor off").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("textbox", name="Code").fill(codes[0])
    page.get_by_role("button", name="Turn it off").click()
    assert page.get_by_role("status").inner_text().startswith("Your second factor is off.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_fit_a_phone(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    log_in(page, address)
    for path in ("", "/recovery-codes", "/disable"):
        page.goto(f"{address}/admin/two-factor{path}")
        scroll, client = page.evaluate(widths)
        assert scroll <= client, page.url
    set_up(page, address)
    scroll, client = page.evaluate(widths)
    assert scroll <= client
    context.close()
