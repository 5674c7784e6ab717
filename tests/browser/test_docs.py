"""The pages in a real browser: the reference works, and nothing scrolls sideways on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.conftest import needs_chromium, served
from tests.conftest import MakeSettings
from todoapp.api.openapi import operations
from todoapp.app import create_app

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def service(make_settings: MakeSettings) -> Flask:
    """Return the application; these pages ask its database nothing."""
    return create_app(make_settings())


@pytest.fixture(scope="module")
def address(service: Flask) -> Iterator[str]:
    """Serve it on a free port; give scheme, host and port."""
    with served(service) as url:
        yield url


class Watched:
    """A page, with what the browser complained of and which hosts it asked."""

    def __init__(self, browser: Browser, address: str, width: int) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 800})
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self._address = address
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((f"{self._address}/", "data:")):
            self.elsewhere.append(request.url)


@pytest.fixture
def watch(browser: Browser, address: str) -> Iterator[Any]:
    """Return a function that opens a path in a window of some width."""
    opened: list[Watched] = []

    def go(path: str, *, width: int = 1280) -> Watched:
        watched = Watched(browser, address, width)
        opened.append(watched)
        watched.page.goto(f"{address}{path}", wait_until="networkidle")
        return watched

    yield go
    for watched in opened:
        watched.page.close()


def test_the_reference_shows_every_operation_from_this_host_alone(
    service: Flask, watch: Any
) -> None:
    watched = watch("/docs")
    watched.page.wait_for_selector(".opblock")
    assert watched.page.locator(".opblock").count() == len(list(operations(service)))
    watched.page.locator(".opblock-summary").first.click()
    watched.page.wait_for_selector(".opblock-body")
    assert watched.complaints == []
    assert watched.elsewhere == []


@pytest.mark.parametrize("path", ["/problems", "/problems/not-found", "/admin", "/nothing"])
def test_a_page_fits_a_phone(watch: Any, path: str) -> None:
    watched = watch(path, width=360)
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    scroll, client = watched.page.evaluate(widths)
    assert scroll <= client
    assert watched.page.locator("h1").count() == 1
    # Chromium itself notes the status of the page that is not there.
    assert [c for c in watched.complaints if "404" not in c] == []
    assert watched.elsewhere == []
