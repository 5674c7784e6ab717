"""People in a real browser: somebody is added, comes in, is shut out and deleted."""

from uuid import uuid4

from playwright.sync_api import Browser, Page, expect

from tests.browser.test_login import ANOTHER, address, log_in, page, pytestmark

__all__ = ["address", "page", "pytestmark"]


def come_in(browser: Browser, address: str, name: str, password: str) -> None:
    """Log in with the password that was passed on, and choose another."""
    context = browser.new_context()
    theirs = context.new_page()
    log_in(theirs, address, password, name)
    expect(theirs.get_by_role("heading", name="Choose a password")).to_be_visible()
    expect(theirs.get_by_role("link", name="Dashboard")).to_have_count(0)
    theirs.get_by_label("Current password").fill(password)
    theirs.get_by_label("New password").fill(ANOTHER)
    theirs.get_by_role("button", name="Change password").click()
    expect(theirs.get_by_role("link", name="Dashboard")).to_be_visible()
    context.close()


def test_an_administrator_adds_somebody_and_sees_them_off(
    page: Page, browser: Browser, address: str
) -> None:
    name = f"ada-{uuid4().hex[:8]}"  # a name stays taken, and this runs twice
    log_in(page, address, username="root")
    page.get_by_role("link", name="Users").first.click()
    page.get_by_role("link", name="New user").click()
    page.get_by_label("Username").fill("root")
    page.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("alert")).to_contain_text("The name root is taken")
    page.get_by_label("Username").fill(name)
    page.get_by_role("button", name="Add the user").click()
    come_in(browser, address, name, page.get_by_label("the password").inner_text().strip())

    page.get_by_role("link", name="I have passed it on").click()
    expect(page.get_by_text("Logged in once.")).to_be_visible()
    page.get_by_role("link", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} is shut out.")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name=f"Delete {name}").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} is deleted.")
    page.get_by_label("Search by name or address").fill(name)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Nobody is found")).to_be_visible()
