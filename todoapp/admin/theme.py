"""/admin/theme: light or dark, kept in a cookie of its own for every page."""

from flask import Flask, redirect, request, url_for
from werkzeug import Response

from todoapp.admin import places
from todoapp.admin.blueprint import pages
from todoapp.web.hosts import is_https

_COOKIE = "theme"
_THEMES = ("light", "dark")
_YEAR = 365 * 86_400


def install(app: Flask) -> None:
    """Let templates know what was chosen."""
    app.context_processor(lambda: {"theme": _chosen()})


@pages.post("/theme")
def set_theme() -> Response:
    """Keep what was chosen; anything else means whatever the system has."""
    theme = request.form.get("theme", "")
    response = redirect(places.wanted(url_for("admin.dashboard")), 303)
    if theme in _THEMES:
        response.set_cookie(
            _COOKIE, theme, max_age=_YEAR, secure=is_https(), httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(_COOKIE, secure=is_https(), httponly=True, samesite="Lax")
    return response


def _chosen() -> str | None:
    """Return the theme chosen; None: as the system has it."""
    theme = request.cookies.get(_COOKIE)
    return theme if theme in _THEMES else None
