"""How the text of a setting becomes its value; ValueError says what would be right."""

import re
from collections.abc import Callable
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

#: What stands for a secret.
MASK = "***"


def flag(value: str) -> bool:
    """Return true or false."""
    known = {"true": True, "1": True, "yes": True, "on": True}
    known |= {"false": False, "0": False, "no": False, "off": False}
    if value.lower() not in known:
        raise ValueError("must be true or false")
    return known[value.lower()]


def between(low: int, high: int) -> Callable[[str], int]:
    """Return what reads a whole number from `low` to `high`."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Return what reads one of `choices`."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return value

    return parse


def bind(value: str) -> str:
    """Return `HOST:PORT`, checked."""
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})", value)
    if not match or not 1 <= int(match[2]) <= 65535:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8000")
    return value


def origin(value: str) -> str:
    """Return scheme and host of a URL; of nothing, nothing."""
    if not value:
        return ""
    parts = urlsplit(value)
    plain = parts.hostname and not (parts.username or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not plain or not _has_port(parts):
        raise ValueError("must be a URL such as https://todo.example.com")
    if parts.path.strip("/"):
        raise ValueError("must not have a path: the service lives at the root of its host")
    return f"{parts.scheme}://{parts.netloc}"


def _has_port(parts: SplitResult) -> bool:
    """Tell whether the port, if one is given, can be one."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def names(value: str) -> tuple[str, ...]:
    """Return the names in a list with commas between."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


def origins(value: str) -> tuple[str, ...]:
    """Return the origins in a list with commas between."""
    return tuple(map(origin, names(value)))


def token(value: str) -> str:
    """Return what nobody guesses; of nothing, nothing."""
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        raise ValueError("must be at least 16 letters, digits and signs, without a space")
    return value


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks in a list with commas between; an address is one, too."""
    try:
        return tuple(map(ip_network, names(value)))
    except ValueError:
        raise ValueError(
            "must be addresses and networks such as 127.0.0.1,10.1.0.0/16, whose bits beyond the "
            "prefix are 0"
        ) from None


def rate(value: str) -> tuple[int, int] | None:
    """Return how many requests in how many seconds; None: as many as they like."""
    if value == "off":
        return None
    match = re.fullmatch(r"([1-9]\d{0,8})/([1-9]\d{0,4})", value)
    if not match:
        raise ValueError("must be REQUESTS/SECONDS, such as 600/60, or off")
    return int(match[1]), int(match[2])


def redis_url(value: str) -> str:
    """Return the URL of a Redis; of nothing, nothing."""
    if value and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must be a URL such as redis://127.0.0.1:6379/0")
    return value


def database_url(value: str) -> str:
    """Name the driver, and make sure that it is one of the two engines; of nothing, nothing."""
    if not value:
        return ""
    value = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("must be a URL: sqlite:////path/to/file or postgresql://…") from None
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("must begin with sqlite:// or postgresql://")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file: an SQLite database in memory cannot be shared")
    if url.drivername == "sqlite" and not Path(str(url.database)).is_absolute():
        raise ValueError("must name the file by its absolute path: sqlite:////path/to/file")
    return value


def clock(value: str) -> time | None:
    """Return a time of day, in UTC; None: off."""
    if value == "off":
        return None
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("must be HH:MM, such as 02:30, or off")
    return time.fromisoformat(value)


def written_clock(value: time | None) -> str:
    """Return a time of day as it would be set."""
    return f"{value:%H:%M}" if value else "off"


def folder(value: str) -> Path | None:
    """Return the path of a folder; of nothing, nothing."""
    if value and not Path(value).is_absolute():
        raise ValueError("must be an absolute path, such as /var/backups/todoapp")
    return Path(value) if value else None


def written(value: Any) -> str:
    """Return a value as it would be set."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def written_rate(value: tuple[int, int] | None) -> str:
    """Return a rate as it would be set."""
    return "{}/{}".format(*value) if value else "off"


def hidden(value: str) -> str:
    """Return nothing of a secret, if there is one."""
    return MASK if value else ""


def masked(url: str) -> str:
    """Return a URL without its password, and without what else might be one in its query."""
    url = re.sub(r"(?<=://)([^/@:]*):.*@", rf"\1:{MASK}@", url)
    return re.sub(r"([?&](?!(?:host|port|db|sslmode)=)[^=&]*=)[^&]*", rf"\1{MASK}", url)
