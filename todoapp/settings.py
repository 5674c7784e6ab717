"""Every setting, typed and checked, read once from the environment.

Each is `TODOAPP_<NAME>`, or `TODOAPP_<NAME>_FILE` with the path of a file that holds it, which is
how container platforms hand over secrets. No other module reads a setting from `os.environ`.
`docs/configuration.md` and `.env.example` are made from the fields below (setting_pages).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url

from todoapp import setting_sources as sources
from todoapp import setting_values as values
from todoapp.setting_sources import PREFIX, ROOT, BadSetting

__all__ = ["PREFIX", "ROOT", "BadSetting", "Settings"]


def _setting(
    parse: Callable[[str], Any],
    default: str,
    doc: str,
    show: Callable[[Any], str] = values.written,
) -> Any:
    return field(metadata={"parse": parse, "default": default, "doc": doc, "show": show})


# Compared and hashed by identity: it is the key of caches on the hot path.
@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """What an installation may choose. `from_environment` fills and checks it."""

    bind: str = _setting(values.bind, "127.0.0.1:8000", "The address and port to serve on.")
    data_dir: Path = _setting(
        Path, "instance", "The folder of the SQLite database and of the secret key file."
    )
    database_url: str = _setting(
        values.database_url,
        "",
        "The database: `sqlite:////path/to/file` or `postgresql://user:password@host/name`. "
        "Default: `todoapp.db` in the data folder.",
        values.masked,
    )
    secret_key: str = _setting(
        values.secret(sources.SECRET_KEY_MIN),
        "",
        "Signs access, refresh and page tokens, and what authenticators hold is made from it; at "
        "least 32 characters. With another one all logins end, and second factors are to be set up "
        "anew. Default: the file `secret_key` in the data folder, made at the first start. Hosts "
        "that share a database must share it.",
        values.hidden,
    )
    public_url: str = _setting(
        values.public_url,
        "",
        "Where people reach the service, such as `https://todo.example.com`; links in answers "
        "begin with it. Default: the host that the request names, if it is trusted.",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        values.hosts,
        "",
        "Host names to answer to, with commas between; `.example.com` means all below it. "
        "localhost, 127.0.0.1, the bind address and the host of the public URL are always trusted.",
    )
    proxies: int = _setting(
        values.between(0, 10),
        "0",
        "How many proxies stand in front. So many entries of X-Forwarded-For, -Proto and -Host are "
        "believed, counted from the end; with 0 none is, whatever a client sends.",
    )
    cors_origins: tuple[str, ...] = _setting(
        values.origins,
        "",
        "The web pages that may call the API from a browser: origins such as "
        "`https://app.example.com`, with commas between. They send a key; cookies never count.",
    )
    rate_limit: tuple[int, int] | None = _setting(
        values.rate,
        "600/60",
        "How many requests in how many seconds each key, person or address may make; `off`: as "
        "many as they like.",
        values.written_rate,
    )
    redis_url: str = _setting(
        values.redis_url,
        "",
        "A Redis in which all hosts count requests and guesses together, such as "
        "`redis://127.0.0.1:6379/0`. Default: requests are counted by each worker for itself, "
        "guesses in the database.",
        values.masked,
    )
    session_idle_hours: int = _setting(
        values.between(1, 8760), "72", "After how many hours without a request a login ends."
    )
    session_days: int = _setting(
        values.between(1, 365), "14", "After how many days a login ends, however busy it is."
    )
    guest_access: bool = _setting(
        values.flag,
        "false",
        "Let calls without a key use `/todos`, the simple face, as the user `guest`.",
    )
    workers: int = _setting(values.between(1, 64), "2", "Gunicorn worker processes.")
    threads: int = _setting(values.between(1, 64), "4", "Threads in each worker.")
    database_timeout: int = _setting(
        values.between(1, 300),
        "5",
        "Seconds to wait for a lock, a connection or a statement before answering 503.",
    )
    sqlite_synchronous: str = _setting(
        values.one_of("full", "normal"),
        "full",
        "`full`: an acknowledged write survives a power cut. `normal`: faster, survives a crash "
        "of the process only.",
    )
    changes_days: int = _setting(
        values.between(8, 36_500),  # a key that was rotated goes on for 7 days at most
        "400",
        "How many days the change log is kept for: history, undo and `GET /changes` reach back so "
        "far. What is older, workers remove.",
    )
    trash_days: int = _setting(
        values.between(0, 36_500),
        "30",
        "After how many days in the trash todos and lists are purged; `0`: never by themselves.",
    )
    worker: bool = _setting(
        values.flag,
        "true",
        "Whether Gunicorn also runs a worker, for what is done in the background. If not, run "
        "`flask todo worker` beside it, on one host at least.",
    )
    backup_dir: Path = _setting(
        values.folder, "", "The folder of the backups. Default: `backups` in the data folder."
    )
    backup_keep: int = _setting(
        values.between(1, 10_000),
        "14",
        "How many backups are kept there: after a new one, the oldest beyond it are removed.",
    )
    backup_at: time | None = _setting(
        values.clock,
        "off",
        "When a worker makes a backup, every night: a time in UTC, such as `02:30`.",
        values.written_clock,
    )
    log_format: str = _setting(values.one_of("json", "text"), "json", "How the log is written.")
    metrics_token: str = _setting(
        values.secret(16),
        "",
        "Who sends it as `Authorization: Bearer …` may read `/metrics`; at least 16 characters. "
        "Without this and the next setting nothing is measured, and there is no `/metrics`.",
        values.hidden,
    )
    metrics_from: tuple[IPv4Network | IPv6Network, ...] = _setting(
        values.networks,
        "",
        "The addresses and networks, such as `10.1.0.0/16`, with commas between, from which "
        "anybody may read `/metrics`.",
    )
    #: By setting, the variable that it was read from; what is not in it has its default.
    origins: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every setting from `environ` (default: the process's).

        Raises BadSetting, which names all that cannot be used and says what is right.
        """
        environ = os.environ if environ is None else environ
        given = sources.read_all({f.name: f.metadata for f in known()}, environ)
        origins = {f.name: sources.origin(f.name, environ) for f in known()}
        folder = given["data_dir"] = sources.data_dir(given["data_dir"])
        given["database_url"] = given["database_url"] or f"sqlite:///{folder / 'todoapp.db'}"
        given["backup_dir"] = folder / (given["backup_dir"] or "backups")
        given["secret_key"] = given["secret_key"] or sources.secret_key(folder)
        found = cls(**given, origins={name: key for name, key in origins.items() if key})
        found._check()
        return found

    def _check(self) -> None:
        """Raise BadSetting for what does not go together."""
        if self.metrics_from and self.is_https and not self.proxies:
            raise BadSetting(
                "metrics_from",
                "goes by addresses, and behind an uncounted proxy, which an https public URL tells "
                "of, all have the proxy's: set TODOAPP_PROXIES, or TODOAPP_METRICS_TOKEN instead.",
            )

    @property
    def url(self) -> URL:
        """The database's address, parsed."""
        return make_url(self.database_url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def is_measured(self) -> bool:
        """Whether anybody may read the metrics."""
        return bool(self.metrics_token or self.metrics_from)

    @property
    def session_idle(self) -> timedelta:
        """After how long without a request a login ends."""
        return timedelta(hours=self.session_idle_hours)

    @property
    def session_lasts(self) -> timedelta:
        """After how long a login ends, however busy it is."""
        return timedelta(days=self.session_days)

    @property
    def base_url(self) -> str:
        """Where to reach the service: in public, else from this host."""
        host, _, port = self.bind.rpartition(":")
        near = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104
        return self.public_url or f"http://{near}:{port}"

    @property
    def is_https(self) -> bool:
        """Whether people are known to reach the service over HTTPS, whatever a request says."""
        return self.public_url.startswith("https:")

    @property
    def hosts(self) -> list[str]:
        """Every host name that requests may use."""
        bound = self.bind.rpartition(":")[0]
        public = urlsplit(self.public_url).hostname
        if public and ":" in public:  # an IPv6 address, which a Host header has in brackets
            public = f"[{public}]"
        everywhere = bound in ("0.0.0.0", "[::]")  # noqa: S104
        named = (*self.trusted_hosts, public, None if everywhere else bound)
        return ["localhost", "127.0.0.1", "[::1]", *(name.lower() for name in named if name)]


def known() -> list[Field[Any]]:
    """Return what can be set."""
    return [f for f in fields(Settings) if f.metadata]
