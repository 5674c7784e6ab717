"""Which host names are ours, and how our own links begin."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.sansio.utils import host_is_trusted

from todoapp.errors import Malformed
from todoapp.settings import Settings
from todoapp.web.current import app_context, request_context

#: Probes and Prometheus come by address, and their answers have no links.
_ANY_HOST = frozenset({"/livez", "/readyz", "/health", "/metrics"})


def check_host() -> None:
    """Raise Malformed for a Host that is not ours, before it gets into a link or a redirect."""
    context, request = app_context(), request_context().request
    is_ours = _trusted(request.host, context.app.config["SETTINGS"])
    context.g.host_is_ours = is_ours
    if not is_ours and request.path not in _ANY_HOST:
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
    context = request_context()
    settings: Settings = context.app.config["SETTINGS"]
    return settings.public_url or f"{context.request.scheme}://{context.request.host}"


def issuer() -> str:
    """Return what authenticator apps call this service."""
    return f"todoapp {urlsplit(base_url()).hostname}"


def is_https() -> bool:
    """Tell whether the caller reaches us over HTTPS."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_https or request.scheme == "https"
