"""Which host names are ours, and how our own links begin."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from flask import current_app, request
from flask.globals import app_ctx, request_ctx
from werkzeug.sansio.utils import host_is_trusted

from todoapp.errors import Malformed
from todoapp.settings import Settings

#: Probes and Prometheus come by address, and their answers have no links.
_ANY_HOST = frozenset({"/livez", "/readyz", "/health", "/metrics"})


def check_host() -> None:
    """Raise Malformed for a Host that is not ours, before it gets into a link or a redirect."""
    # Runs in every request: each use of a proxy such as `g` is a look-up, so it makes two.
    context, request = app_ctx, request_ctx.request
    own = context.g
    own.host_is_ours = _trusted(request.host, context.app.config["SETTINGS"])
    if not own.host_is_ours and request.path not in _ANY_HOST:
        raise Malformed(
            "This service does not answer to that host name; its operator can allow it with "
            "TODOAPP_TRUSTED_HOSTS or TODOAPP_PUBLIC_URL.",
            code="untrusted-host",
        )


@lru_cache(maxsize=256)
def _trusted(host: str, settings: Settings) -> bool:
    """Tell whether `host` is well-formed and one of ours.

    Werkzeug checks the form only: its comparison knows neither IPv6 nor capital letters.
    """
    name = re.sub(r":\d*$", "", host.lower())
    return host_is_trusted(host) and any(
        f".{name}".endswith(ours) if ours.startswith(".") else name == ours
        for ours in settings.hosts
    )


def base_url() -> str:
    """Return scheme and host of our links, without a slash at the end."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url or f"{request.scheme}://{request.host}"


def issuer() -> str:
    """Return what authenticator apps call this service."""
    return f"todoapp {urlsplit(base_url()).hostname}"


def is_https() -> bool:
    """Tell whether the caller reaches us over HTTPS."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_https or request.scheme == "https"
