"""What a browser is shown when something goes wrong."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.errors import Forbidden


@pytest.fixture
def browser(app: Flask, person: Callable[..., Api]) -> Browser:
    """Return alice's, who is logged in."""
    person("alice", password=PASSWORD)
    browser = Browser(app)
    browser.log_in()
    return browser


SIDEBAR = 'aria-label="Main"'
LOGGED_IN = "logged in as </span>alice"


def test_what_is_not_there_is_said_within_the_product(browser: Browser) -> None:
    answer = browser.get("/admin/lists/99999")
    assert answer.status_code == 404
    assert "There is no such thing" in answer.text
    assert LOGGED_IN in answer.text
    assert 'href="/admin/todos"' in answer.text
    assert "Request-Id" in answer.headers
    assert answer.headers["Request-Id"] not in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/admin/nothing"])
def test_a_path_that_nothing_has_asks_no_database_who_it_is(browser: Browser, path: str) -> None:
    with counted(browser.app) as statements:
        answer = browser.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert f"There is nothing at {path}." in answer.text
    assert "alice" not in answer.text
    assert statements == []


@pytest.fixture
def broken(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that lets the page of the trash raise something."""

    def let(error: Exception) -> None:
        def fail() -> str:
            raise error

        monkeypatch.setitem(browser.app.view_functions, "admin.trash", fail)

    return let


def test_what_is_not_allowed_is_said_within_the_product(
    browser: Browser, broken: Callable[..., None]
) -> None:
    broken(Forbidden("Only administrators may."))
    answer = browser.get("/admin/trash")
    assert answer.status_code == 403
    assert "Only administrators may." in answer.text
    assert LOGGED_IN in answer.text


def test_a_page_for_administrators_says_so_and_speaks_of_no_key(browser: Browser) -> None:
    answer = browser.get("/admin/users")
    assert answer.status_code == 403
    assert "<title>This is for administrators" in answer.text
    assert LOGGED_IN in answer.text
    for word in ("scope", "required_scope", "flask todo"):
        assert word not in answer.text


def test_an_error_of_ours_shows_the_number_to_tell_and_nothing_of_the_reason(
    browser: Browser, broken: Callable[..., None]
) -> None:
    broken(RuntimeError("secret"))
    answer = browser.get("/admin/trash")
    assert answer.status_code == 500
    assert f"<code>{answer.headers['Request-Id']}</code>" in answer.text
    assert "Try again" in answer.text
    assert "secret" not in answer.text
    assert "alice" not in answer.text


def test_when_the_database_goes_away_under_a_page_it_is_asked_nothing_more(
    browser: Browser, broken: Callable[..., None]
) -> None:
    broken(OperationalError("SELECT secret", None, Exception("gone")))
    browser.get("/admin/sessions")
    with counted(browser.app) as statements:
        answer = browser.get("/admin/trash")
    assert answer.status_code == 503
    assert f"<code>{answer.headers['Request-Id']}</code>" in answer.text
    assert "The database is away or busy; nothing was changed." in answer.text
    assert "alice" not in answer.text
    assert "secret" not in answer.text
    assert len(statements) == 1  # who it is, before the page began
