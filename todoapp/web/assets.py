"""What pages are dressed in: style sheets, scripts and pictures.

Their addresses hold a digest of all of them, so browsers keep each for good, and get new ones with
the first page of a new release. Scripts find each other beside themselves, without a build step.
"""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, send_from_directory

from todoapp.settings import ROOT

FOLDER = ROOT / "static"
#: The one sheet that every page has, in this order; then every component.
_FIRST_SHEETS = ("tokens", "base", "layout")
_YEAR = 365 * 86_400

files = Blueprint("assets", __name__)


def install(app: Flask) -> None:
    """Serve the files of the folder, and give templates `asset()`, which tells their addresses."""
    sheet = _joined()
    app.extensions["assets"] = _Assets(_digest(sheet), sheet)
    app.register_blueprint(files)
    app.add_template_global(address, "asset")


@dataclass(frozen=True)
class _Assets:
    """The digest of everything, and the sheet that is made of many."""

    version: str
    sheet: bytes


def address(name: str) -> str:
    """Return the path of a file, such as `js/main.js`; `site.css` is the sheet of every page."""
    return f"/static/{_assets().version}/{name}"


@files.get("/static/<version>/site.css")
def sheet(version: str) -> Response:
    """Serve the sheets of every page as one."""
    response = Response(_assets().sheet, content_type="text/css; charset=utf-8")
    return _kept(response, version)


@files.get("/static/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """Serve a file. While an upgrade is under way, another version's page may ask for it."""
    return _kept(send_from_directory(FOLDER, name), version)


def _kept(response: Response, version: str) -> Response:
    """Let clients keep for a year what has the digest in its address."""
    control = response.cache_control
    control.no_cache = None
    if version != _assets().version:
        control.no_store = True
        return response
    control.public, control.max_age, control.immutable = True, _YEAR, True
    return response


def _assets() -> _Assets:
    found: _Assets = current_app.extensions["assets"]
    return found


def _joined() -> bytes:
    folder = FOLDER / "css"
    first = [folder / f"{name}.css" for name in _FIRST_SHEETS]
    return b"\n".join(path.read_bytes() for path in [*first, *_components()])


def _components() -> list[Path]:
    return sorted((FOLDER / "css" / "components").glob("*.css"))


def _digest(sheet: bytes) -> str:
    """Return what changes whenever anything that is served does."""
    digest = blake2b(sheet, digest_size=8)
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(FOLDER)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
