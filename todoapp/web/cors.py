"""The pages of other origins that may call the API from a browser: none, unless set."""

import re

from flask import Flask
from flask_cors import CORS

from todoapp.settings import Settings

#: What a page may send beside what browsers always let it.
_SENT = (
    "Authorization",
    "X-API-Key",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "X-Request-ID",
)
#: What a page may read beside what browsers always show it.
_SHOWN = (
    "ETag",
    "Location",
    "Link",
    "Request-Id",
    "Change-Id",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Idempotent-Replayed",
    "API-Key-Expires",
    "Content-Disposition",
)
#: How long a browser remembers that it may.
_MAX_AGE_SECONDS = 600


def install(app: Flask) -> None:
    """Let in the origins of the settings, with a key and never with cookies."""
    settings: Settings = app.config["SETTINGS"]
    if settings.cors_origins:
        CORS(
            app,
            resources={r"/api/.*": {}},
            origins=[_exactly(origin) for origin in settings.cors_origins],
            allow_headers=list(_SENT),
            expose_headers=list(_SHOWN),
            max_age=_MAX_AGE_SECONDS,
            supports_credentials=False,
            always_send=False,
            # Not only in answers to those who are let in, lest a cache mix them up: web.headers.
            vary_header=False,
            # Errors pass by after_request as well; see web.errors.
            intercept_exceptions=False,
        )


def _exactly(origin: str) -> re.Pattern[str]:
    """Return what matches `origin` alone; Flask-CORS would read [::1] as a pattern."""
    return re.compile(re.escape(origin.lower()) + r"\Z")
