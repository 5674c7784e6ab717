"""How the text of a setting becomes its value; ValueError says what would be right."""

import re
from collections.abc import Callable
from datetime import time
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Any

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
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
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


def secret(least: int) -> Callable[[str], str]:
    """Return what reads a secret of at least so many characters; of nothing, nothing."""

    def parse(value: str) -> str:
        if value and not re.fullmatch(rf"[!-~]{{{least},}}", value):
            raise ValueError(
                f"must be at least {least} letters, digits and signs, without a space; "
                "`openssl rand -hex 32` makes some"
            )
        return value

    return parse


def bind(value: str) -> str:
    """Return `HOST:PORT`, checked."""
    match = re.fullmatch(r"(.+):([0-9]{1,5})", value)
    if not match or not _is_host(match[1]) or not 1 <= int(match[2]) <= 65535:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8000")
    return value


def _is_host(name: str) -> bool:
    """Tell whether it is a host name, or an address, which has brackets if it has colons."""
    if name.startswith("["):
        return _is_address(name[1:-1], IPv6Address) and name.endswith("]")
    if re.fullmatch(r"[0-9.]+", name):
        return _is_address(name, IPv4Address)
    return bool(re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name))


def _is_address(text: str, kind: type[IPv4Address | IPv6Address]) -> bool:
    try:
        return bool(kind(text))
    except ValueError:
        return False


def public_url(value: str) -> str:
    """Return scheme and host of a URL; of nothing, nothing."""
    if value and not _origin(value):
        raise ValueError(
            "must be a URL such as https://todo.example.com: http or https, a host, and no path, "
            "for the service lives at the root of its host"
        )
    return _origin(value)


def _origin(value: str) -> str:
    """Return scheme, host and port of a URL that has nothing else; of another, nothing."""
    match = re.fullmatch(
        r"(https?)://([^/:\[\]]+|\[[^/\]]+\])(:[0-9]{1,5})?/?", value, re.IGNORECASE
    )
    if not match or not _is_host(match[2]):
        return ""
    port = match[3] or ""
    is_fine = not port or 1 <= int(port[1:]) <= 65535
    return f"{match[1]}://{match[2]}{port}".lower() if is_fine else ""


def hosts(value: str) -> tuple[str, ...]:
    """Return the host names in a list with commas between; a dot before one means all below."""
    found = names(value)
    for name in found:
        if not _is_host(name.removeprefix(".")):
            raise ValueError(
                "must be host names such as todo.example.com or .example.com, with commas "
                f"between, without scheme and port; {name} is none"
            )
    return found


def names(value: str) -> tuple[str, ...]:
    """Return the names in a list with commas between."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


def origins(value: str) -> tuple[str, ...]:
    """Return the origins in a list with commas between."""
    found = names(value)
    for one in found:
        if not _origin(one):
            raise ValueError(
                "must be origins such as https://app.example.com, with commas between: scheme, "
                f"host and perhaps port, nothing else; {one} is none"
            )
    return tuple(map(_origin, found))


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
    match = re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})", value)
    if not match:
        raise ValueError("must be REQUESTS/SECONDS, such as 600/60, or off")
    return int(match[1]), int(match[2])


_REDIS = re.compile(
    r"""(?: rediss?://(?:[^@/]*@)? (?P<host>[^/:@?\[\]]+|\[[^/\]]+\]) (?: :(?P<port>[0-9]{1,5}))?
            (?: /[0-9]* )?
          | unix://(?:[^@/]*@)?/[^?]+ )
        (?: \? (?! (?:.*&)? db= (?! [0-9]+ (?:&|$) ) ) .* )?""",
    re.VERBOSE,
)


def redis_url(value: str) -> str:
    """Return the URL of a Redis; of nothing, nothing."""
    match = _REDIS.fullmatch(value)
    is_fine = match and (match["host"] is None or _is_host(match["host"]))
    if value and not (match and is_fine and int(match["port"] or 1) <= 65535):
        raise ValueError(
            "must be a URL such as redis://127.0.0.1:6379/0 or unix:///run/redis.sock?db=0"
        )
    return value


def database_url(value: str) -> str:
    """Name the driver, and make sure that it is one of the two engines; of nothing, nothing."""
    if not value:
        return ""
    value = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # the latter quotes what it takes for the port
        raise ValueError("must be a URL: sqlite:////path/to/file or postgresql://…") from None
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("must begin with sqlite:// or postgresql://")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file: an SQLite database in memory cannot be shared")
    if url.drivername == "sqlite" and not Path(str(url.database)).is_absolute():
        raise ValueError("must name the file by its absolute path: sqlite:////path/to/file")
    if url.drivername == "sqlite" and url.query:
        raise ValueError("must end with the name of the file: SQLite takes no ?options here")
    if url.port is not None and not 1 <= url.port <= 65535:
        raise ValueError("must have a port from 1 to 65535, or none")
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
