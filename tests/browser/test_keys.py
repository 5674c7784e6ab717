"""API keys in a real browser: made, copied, tried, replaced, revoked."""

from playwright.sync_api import Page, expect

from tests.browser.test_login import address, log_in, page, pytestmark

__all__ = ["address", "page", "pytestmark"]


def test_one_makes_a_key_keeps_it_and_takes_it_back(page: Page, address: str) -> None:
    log_in(page, address)
    page.get_by_role("link", name="API keys").first.click()
    page.get_by_role("link", name="New key").first.click()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("alert")).to_contain_text("Name: Must not be empty.")
    page.get_by_label("Name").fill("kitchen display")
    page.get_by_label("todos:write").uncheck()
    page.get_by_text("Limit it to some lists or todos").click()
    page.get_by_label("Inbox").check()
    page.get_by_label("Only todos that this filter selects").fill("open = true")
    page.get_by_role("button", name="Make the key").click()

    expect(page.get_by_role("heading", name="Keep this key")).to_be_visible()
    secret = page.get_by_label("the key").inner_text().strip()
    assert secret.startswith("todo_")
    assert secret in page.get_by_label("the call").inner_text()
    assert secret not in page.url
    mine = {"X-API-Key": secret}
    assert page.request.get(f"{address}/api/v1/todos", headers=mine).status == 200

    page.get_by_role("link", name="I have kept it").click()
    expect(page.get_by_text("open = true")).to_be_visible()
    assert secret not in page.content()
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("status")).to_contain_text("The key is revoked")
    assert page.request.get(f"{address}/api/v1/todos", headers=mine).status == 401
