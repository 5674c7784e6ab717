"""The page of the installation, for its administrators."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp import __version__


@pytest.fixture
def root(app: Flask, person: Callable[..., Api]) -> Browser:
    """Return the browser of an administrator, who is logged in."""
    person("root", role="admin", password=PASSWORD)
    browser = Browser(app)
    browser.log_in("root")
    return browser


def test_it_tells_what_runs_and_how_it_is_set_up(root: Browser) -> None:
    page = root.get("/admin/system").text
    settings = root.app.config["SETTINGS"]
    engine = "SQLite" if settings.is_sqlite else "PostgreSQL"
    assert f"todoapp {__version__} on {engine}" in page
    assert "All is well." in page
    assert "Up to date" in page
    assert "<code>TODOAPP_SECRET_KEY</code>" in page
    assert settings.secret_key not in page
    assert str(settings.data_dir) in page


def test_an_error_is_found_by_the_id_that_its_page_has_shown(
    root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise RuntimeError("secret")

    monkeypatch.setitem(root.app.view_functions, "admin.trash", fail)
    answer = root.get("/admin/trash")
    answer.close()  # it is remembered when the answer has been sent
    request_id = answer.headers["Request-Id"]
    page = root.get("/admin/system").text
    assert f"<code>{request_id}</code>" in page
    assert "GET /admin/trash" in page
    assert "RuntimeError" in page
    assert "secret" not in page.replace("secrets", "")
    assert "A request has failed by an error of ours" in page
    assert "All is well." not in page


def test_it_is_for_administrators(app: Flask, person: Callable[..., Api]) -> None:
    person("alice", password=PASSWORD)
    browser = Browser(app)
    browser.log_in()
    answer = browser.get("/admin/system")
    assert answer.status_code == 403
    assert app.config["SETTINGS"].data_dir.name not in answer.text
    assert 'href="/admin/system"' not in answer.text


def test_its_statements_are_the_same_however_much_there_is(root: Browser, alice: Api) -> None:
    def statements() -> int:
        with counted(root.app) as run:
            assert root.get("/admin/system").status_code == 200
        return len(run)

    before = statements()
    for number in range(30):
        alice.todo(f"Todo {number}")
    assert statements() == before
