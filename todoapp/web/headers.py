"""The headers that keep browsers from doing what an answer does not mean."""

from flask import Flask, Response, request

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


def install(app: Flask) -> None:
    """Add the headers to every answer of `app` that does not say otherwise."""
    app.after_request(_harden)


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.add("X-Content-Type-Options", "nosniff")
    if response.mimetype == "text/html":
        for name, value in _HTML.items():
            headers.setdefault(name, value)
    if "Cache-Control" not in headers:
        headers.add("Cache-Control", "private, no-cache" if "ETag" in headers else "no-store")
    if request.path.startswith("/api/"):
        headers.add("Vary", "Authorization, X-API-Key")
    return response
