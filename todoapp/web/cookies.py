"""The one cookie there is: that of the pages under /admin."""

import hashlib

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from todoapp.web.hosts import is_https


class PageCookie(SecureCookieSessionInterface):
    """A signed cookie for the pages, and none elsewhere: the API never looks at one.

    Over HTTPS its name begins with __Host-: browsers take such a cookie from this very host alone,
    over HTTPS, and so no neighbour can plant one (ASVS 3.3.1, 3.3.3).
    """

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; for the rest of the service what refuses to hold any."""
        if f"{request.path}/".startswith("/admin/"):
            return super().open_session(app, request)
        return None

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002
        """Return the name, by how the page is reached."""
        return "__Host-session" if is_https() else "session"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Tell whether browsers are to send it over HTTPS only."""
        return is_https()
