"""Every page in a browser: axe finds nothing, the console is silent, no sideways scroll."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser import stage
from tests.browser.conftest import needs_chromium, served
from tests.conftest import MakeSettings
from tests.support import pages
from tests.support.crawl import visits
from tests.support.logins import PASSWORD

pytestmark = needs_chromium

#: For everybody, whether or not they are logged in.
OPEN = ["/admin/login", "/problems", "/problems/not-found", "/admin/nothing-here", "/nothing-here"]
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture(scope="module")
def app(make_settings: MakeSettings) -> Flask:
    # This server has a thread for each connection, and each thread one to the database.
    app = stage.make(make_settings(threads="64"))
    app.debug = True  # shows the page of patterns, too
    return app


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture(scope="module")
def paths(app: Flask) -> list[str]:
    """Return what the administrator can click her way to, each page in one of its states."""
    browser = pages.Browser(app)
    assert browser.log_in(stage.NAME, PASSWORD).status_code == 303
    seen = [visit.path for visit in visits(app, browser.get, "/admin/")]
    return list({urlsplit(path).path: path for path in seen}.values())


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_every_page_is_accessible_silent_and_fits(
    browser: Browser, address: str, paths: list[str], scheme: Any, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    stage.log_in(page, address)
    found = [
        finding
        for path in [*paths, "/admin/patterns", *OPEN]
        for finding in _look(page, address + path)
    ]
    assert found + [text for text in said if "status of 404" not in text] == []
    context.close()


def _look(page: Page, url: str) -> Iterator[str]:
    """Yield what is wrong with a page."""
    page.goto(url)
    scroll, client = page.evaluate(WIDTHS)
    if scroll > client:
        yield f"{url} is {scroll} wide in a window of {client}"
    for violation in Axe().run(page).response["violations"]:
        nodes = [node["html"][:120] for node in violation["nodes"][:3]]
        yield f"{url}: {violation['id']}: {violation['help']}: {nodes}"
