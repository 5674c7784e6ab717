"""What the proxies in front say of a request: believed as far as the settings go."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from todoapp.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def install(app: Flask) -> None:
    """Take address, scheme and host of requests from the proxies, if there are any."""
    settings: Settings = app.config["SETTINGS"]
    if settings.proxies:
        trusted = settings.proxies
        inner: Any = Sane(app.wsgi_app)
        fixed = ProxyFix(inner, x_for=trusted, x_proto=trusted, x_host=trusted)
        app.wsgi_app = fixed  # type: ignore[method-assign]


class Sane:
    """Keeps what is no address and no scheme from the application.

    With more proxies trusted than there are, the entry that is believed is the client's own.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Put back what the connection itself says, where it has to be, and go on."""
        direct = environ["werkzeug.proxy_fix.orig"]
        environ["REMOTE_ADDR"] = _address(environ["REMOTE_ADDR"]) or direct["REMOTE_ADDR"]
        if environ["wsgi.url_scheme"] not in ("http", "https"):
            environ["wsgi.url_scheme"] = direct["wsgi.url_scheme"]
        return self._app(environ, start_response)


def _address(value: str) -> str | None:
    """Return the address in its one form, without a zone; None: it is not one."""
    try:
        return str(ip_address(value.partition("%")[0]))
    except ValueError:
        return None
