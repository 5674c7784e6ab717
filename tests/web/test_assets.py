"""The style sheets and scripts: kept for good under an address that changes with them."""

import re

import pytest
from flask import Flask

from todoapp.web import assets

#: What a browser has to load at its first visit, in bytes, uncompressed.
MOST = 60_000


def address(app: Flask, name: str) -> str:
    with app.app_context():
        return assets.address(name)


@pytest.mark.parametrize("name", ["site.css", "js/main.js", "img/icon.svg"])
def test_a_file_is_kept_for_a_year_under_its_digest(app: Flask, name: str) -> None:
    with app.test_client().get(address(app, name)) as response:
        assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["site.css", "js/main.js"])
def test_another_versions_file_is_served_and_not_kept(app: Flask, name: str) -> None:
    with app.test_client().get(f"/static/0123456789abcdef/{name}") as response:
        assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["no.css", "../wsgi.py", "css/%2e%2e/%2e%2e/wsgi.py", "css", ""])
def test_there_is_nothing_else(app: Flask, name: str) -> None:
    assert app.test_client().get(f"{address(app, name)}").status_code == 404


def test_the_sheet_holds_every_component_once(app: Flask) -> None:
    sheet = app.test_client().get(address(app, "site.css")).text
    for path in (assets.FOLDER / "css" / "components").glob("*.css"):
        assert sheet.count(path.read_text()) == 1


def test_sheets_and_scripts_of_the_pages_are_small(app: Flask) -> None:
    sheet = app.test_client().get(address(app, "site.css")).data
    scripts = [path for path in (assets.FOLDER / "js").glob("*.js") if path.name != "docs.js"]
    assert len(sheet) + sum(path.stat().st_size for path in scripts) < MOST


def test_only_the_tokens_name_colours(app: Flask) -> None:
    """The white of the reference aside, which is not ours to dress."""
    for path in (assets.FOLDER / "css").rglob("*.css"):
        if path.name not in ("tokens.css", "docs.css"):
            assert not re.search(r"(oklch|rgb|hsl)\(|#[0-9a-f]{3,8}\b", path.read_text()), path
