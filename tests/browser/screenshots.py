"""Pictures of the main pages, for the documents: `make screenshots`."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser import stage
from tests.browser.conftest import chromium, served
from todoapp.settings import ROOT, Settings

FOLDER = ROOT / "docs" / "screenshots"
PAGES = {
    "dashboard": "/admin/",
    "todos": "/admin/todos",
    "todo": "",  # the first of the list
    "lists": "/admin/lists",
    "activity": "/admin/activity",
    "keys": "/admin/keys",
}
SIZES = {"wide": (1280, 800), "narrow": (390, 844)}
SCHEMES = ("light", "dark")


def main() -> None:
    """Write a picture of each page, in each size and scheme."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        app = stage.make(
            Settings.from_environment({"TODOAPP_DATA_DIR": folder, "TODOAPP_THREADS": "64"})
        )
        with served(app) as address, chromium() as browser:
            for path in _pictures(browser, address):
                print(path.relative_to(ROOT))


def _pictures(browser: Browser, address: str) -> Iterator[Path]:
    for (size, (width, height)), scheme in product(SIZES.items(), SCHEMES):
        window: Any = {"width": width, "height": height}
        context = browser.new_context(viewport=window, color_scheme=scheme)
        page = context.new_page()
        stage.log_in(page, address)
        for name, path in PAGES.items():
            _go(page, address, path)
            target = FOLDER / f"{name}-{size}-{scheme}.png"
            page.screenshot(path=target)
            yield target
        context.close()


def _go(page: Page, address: str, path: str) -> None:
    if path:
        page.goto(address + path)
    else:
        page.goto(f"{address}/admin/todos")
        page.locator("[data-open]").first.click()


if __name__ == "__main__":
    main()
