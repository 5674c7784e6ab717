"""Trash, lists, tags and views in a real browser: each job by what one sees, scripts or not."""

from collections.abc import Iterator
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import needs_chromium, served
from tests.browser.test_login import PASSWORD, log_in, page
from tests.conftest import MakeSettings
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import accounts, todos, trash
from todoapp.services.preconditions import UNCONDITIONAL

__all__ = ["page"]
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def app(make_settings: MakeSettings) -> Flask:
    """Return a service with two people."""
    app: Flask = create_app(make_settings(threads="64"))
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            for name in ("alice", "bob"):
                accounts.create({"username": name, "password": PASSWORD}, at=utcnow())
    return app


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def add(app: Flask, *, trashed: bool = False, **values: Any) -> None:
    """Give alice a todo, or one that she has thrown away."""
    with app.app_context():
        actor = accounts.acting("alice")
        with unit_of_work():
            todo_id = todos.create(actor, values, at=utcnow()).id
        if trashed:
            with unit_of_work():
                trash.trash(actor, todo_id, UNCONDITIONAL, at=utcnow())


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def told(page: Page, text: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(text)


def test_a_list_is_made_shared_changed_and_thrown_away(page: Page, address: str) -> None:
    log_in(page, address)
    go(page, "Lists")
    page.get_by_role("link", name="New list").click()
    expect(page.get_by_label("Colour", exact=True)).to_be_hidden()
    page.get_by_label("No colour").uncheck()
    page.get_by_label("Colour", exact=True).fill("#aa3300")
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("alert")).to_contain_text("Name: Must not be empty.")
    expect(page.get_by_label("Colour", exact=True)).to_have_value("#aa3300")
    page.get_by_label("Name").fill("Groceries")
    page.get_by_role("button", name="Make the list").click()
    told(page, "The list “Groceries” is made.")

    page.get_by_label("Username").fill("nobody")
    page.get_by_role("button", name="Let them in").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no user nobody.")
    page.get_by_label("Username").fill("bob")
    page.get_by_role("button", name="Let them in").click()
    told(page, "bob is an editor now.")
    page.get_by_role("button", name="Make bob viewer").click()
    told(page, "bob is a viewer now.")
    page.get_by_role("link", name="Remove bob").click()
    page.get_by_role("button", name="Remove bob").click()
    told(page, "bob is out of the list.")

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name").fill("Food")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Food")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Groceries")
    page.get_by_role("button", name="Trash", exact=True).click()
    told(page, "The list is in the trash, with its todos.")
    expect(page.get_by_role("link", name="Groceries", exact=True)).to_have_count(0)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Groceries", exact=True)).to_have_count(1)
    page.get_by_role("link", name="Groceries", exact=True).click()
    page.get_by_role("button", name="Trash", exact=True).click()
    go(page, "Trash")
    page.get_by_role("link", name="Delete Groceries for good").click()
    page.get_by_role("button", name="Delete for good").click()
    told(page, "1 list is gone for good.")


def test_the_trash_gives_back_and_is_emptied(page: Page, app: Flask, address: str) -> None:
    for title in ("Milk", "Bread", "Eggs"):
        add(app, title=title, trashed=True)
    log_in(page, address)
    go(page, "Trash")
    page.get_by_label("Search the trash").fill("bre")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Milk", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Restore Bread").click()
    told(page, "Restored.")
    page.get_by_role("link", name="All of the trash").click()
    page.get_by_label("Select Milk").check()
    page.get_by_label("Select Eggs").check()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("main")).to_contain_text("2 todos")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Empty the trash").click()
    page.get_by_role("button", name="Delete for good").click()
    told(page, "2 todos are gone for good.")
    expect(page.get_by_text("The trash is empty")).to_be_visible()


def test_tags_are_made_one_and_parted_again(page: Page, app: Flask, address: str) -> None:
    add(app, title="Sweep", tags=["home", "house"])
    log_in(page, address)
    go(page, "Tags")
    page.get_by_role("link", name="Rename home").click()
    page.get_by_label("New name").fill("house")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Make two tags one?")
    page.get_by_role("button", name="Make them one").click()
    told(page, "“home” is “house” now.")
    expect(page.get_by_role("link", name="home", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="home", exact=True)).to_be_visible()
    page.get_by_role("link", name="Remove home").click()
    page.get_by_role("button", name="Remove the tag").click()
    told(page, "No todo has the tag “home” any more.")


def test_a_view_is_saved_changed_and_deleted(page: Page, address: str) -> None:
    log_in(page, address)
    go(page, "Saved views")
    page.get_by_role("link", name="New view").click()
    page.get_by_label("Name").fill("Urgent")
    page.get_by_label("Filter").fill("pirority = high")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("At character 1:")
    page.get_by_label("Filter").fill("priority = high")
    page.get_by_label("Order").select_option("Due first")
    page.get_by_role("button", name="Save").click()
    told(page, "The view “Urgent” is saved.")
    page.get_by_role("link", name="Edit Urgent").click()
    page.get_by_label("Name").fill("Important")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Delete Important").click()
    page.get_by_role("button", name="Delete the view").click()
    expect(page.get_by_text("No saved views yet")).to_be_visible()
