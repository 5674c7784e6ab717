"""The headers that keep browsers from doing what an answer does not mean."""

from functools import partial

from flask import Flask, Response

from todoapp.settings import Settings
from todoapp.web.current import request_context

#: Nothing from elsewhere, nothing inline.
_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def content_security_policy(**changed: str) -> str:
    """Return the policy, with directives changed, such as `img_src="'self' data:"`."""
    policy = _POLICY | {name.replace("_", "-"): value for name, value in changed.items()}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


_HTML = {
    "Content-Security-Policy": content_security_policy(),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


#: A browser that was here once over HTTPS comes over nothing else for a year.
_HSTS = "max-age=31536000; includeSubDomains"


def install(app: Flask) -> None:
    """Add the headers to every answer of `app` that does not say otherwise."""
    settings: Settings = app.config["SETTINGS"]
    app.after_request(partial(_harden, settings.is_https, _vary(settings)))


def _vary(settings: Settings) -> str:
    """Return what the API's answers depend on."""
    keys = "Authorization, X-API-Key"
    return f"{keys}, Origin" if settings.cors_origins else keys


def _harden(always_https: bool, vary: str, response: Response) -> Response:
    headers = response.headers
    present = {name for name, _value in headers}  # to miss one, Werkzeug raises an exception
    request = request_context().request
    headers.add("X-Content-Type-Options", "nosniff")
    if always_https or request.scheme == "https":
        headers.add("Strict-Transport-Security", _HSTS)
    if headers.get("Content-Type", "").startswith("text/html"):
        for name, value in _HTML.items():
            headers.setdefault(name, value)
    if "Cache-Control" not in present:
        headers.add("Cache-Control", "private, no-cache" if "ETag" in present else "no-store")
    if request.path.startswith("/api/"):
        headers.add("Vary", vary)
    return response
