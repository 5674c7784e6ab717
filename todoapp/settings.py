"""Every setting, typed and checked, read once from the environment.

Each is `TODOAPP_<NAME>`, or `TODOAPP_<NAME>_FILE` with the path of a file that holds it, which is
how container platforms hand over secrets. This is the only module that reads `os.environ`.
`docs/configuration.md` is made from the fields below.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url

from todoapp import setting_values as values

PREFIX = "TODOAPP_"
ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY_MIN = 32


class BadSetting(SystemExit):
    """A setting that cannot be used.

    It is a SystemExit so that whatever is starting (Gunicorn, a command, the factory) stops with
    one sentence on standard error and a non-zero status, not with a traceback.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"todoapp: {PREFIX}{name.upper()} {problem}")


def _setting(parse: Callable[[str], Any], default: str, doc: str) -> Any:
    return field(metadata={"parse": parse, "default": default, "doc": doc})


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
    )
    secret_key: str = _setting(
        str,
        "",
        "Signs page tokens; at least 32 characters. Default: the file `secret_key` in the data "
        "folder, made at the first start. Hosts that share a database must share it.",
    )
    public_url: str = _setting(
        values.origin,
        "",
        "Where people reach the service, such as `https://todo.example.com`; links in answers "
        "begin with it. Default: the host that the request names, if it is trusted.",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        values.names,
        "",
        "Host names to answer to, with commas between; `.example.com` means all below it. "
        "localhost, 127.0.0.1, the bind address and the host of the public URL are always trusted.",
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
    log_format: str = _setting(values.one_of("json", "text"), "json", "How the log is written.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every setting from `environ` (default: the process's).

        Raises BadSetting, which names the first one that cannot be used and says what is right.
        """
        environ = os.environ if environ is None else environ
        _refuse_unknown(cls, environ)
        given = {f.name: _read(f.name, f.metadata, environ) for f in fields(cls)}
        given["data_dir"] = _data_dir(given["data_dir"])
        given["database_url"] = given["database_url"] or _default_database(given["data_dir"])
        given["secret_key"] = _secret_key(given["secret_key"], given["data_dir"])
        return cls(**given)

    @property
    def url(self) -> URL:
        """The database's address, parsed."""
        return make_url(self.database_url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def base_url(self) -> str:
        """Where to reach the service: in public, else from this host."""
        host, _, port = self.bind.rpartition(":")
        near = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104
        return self.public_url or f"http://{near}:{port}"

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


def _refuse_unknown(cls: type[Settings], environ: Mapping[str, str]) -> None:
    """A misspelt setting would otherwise be ignored in silence."""
    names = {f.name.upper() for f in fields(cls)}
    known = {PREFIX + name for name in names} | {f"{PREFIX}{name}_FILE" for name in names}
    for key in sorted(environ):
        if key.startswith(PREFIX) and key not in known:
            raise BadSetting(
                key.removeprefix(PREFIX), "is not a setting; see docs/configuration.md."
            )


def _read(name: str, metadata: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    raw = _raw(name, environ)
    try:
        return metadata["parse"](metadata["default"] if raw is None else raw)
    except ValueError as error:
        raise BadSetting(name, f"{error}.") from None


def _raw(name: str, environ: Mapping[str, str]) -> str | None:
    key = PREFIX + name.upper()
    path = environ.get(f"{key}_FILE")
    if path and environ.get(key):
        raise BadSetting(name, f"is set twice, by itself and by {key}_FILE; keep one.")
    if not path:
        return environ.get(key) or None
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{name}_file", f"cannot be read: {error}.") from None
    if not value:
        raise BadSetting(f"{name}_file", f"names an empty file: {path}.")
    return value


def _data_dir(path: Path) -> Path:
    path = path if path.is_absolute() else ROOT / path
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting("data_dir", f"cannot be made: {error}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting("data_dir", f"is a folder that cannot be written to: {path}.")
    return path


def _default_database(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'todoapp.db'}"


def _secret_key(value: str, data_dir: Path) -> str:
    value = value or _kept_secret_key(data_dir / "secret_key")
    if len(value) < SECRET_KEY_MIN:
        raise BadSetting("secret_key", f"must have at least {SECRET_KEY_MIN} characters.")
    return value


def _kept_secret_key(path: Path) -> str:
    """Return the key in the file, writing a new one, readable by its owner only, if there is none.

    It is written whole beside its place and linked there: of two processes that start at once,
    one wins and both read the same key.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(secrets.token_urlsafe(48), encoding="utf-8")
            os.link(draft, path)
        except FileExistsError:
            pass
        except OSError as error:
            raise BadSetting("data_dir", f"cannot be written to: {error}.") from None
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8").strip()


def documentation() -> str:
    """Return the reference of all settings, as Markdown."""
    lines = [
        "# Configuration",
        "",
        "Every setting is an environment variable. With `_FILE` behind its name it gives the path",
        "of a file to read the value from. A setting that cannot be used, or does not exist, stops",
        "the start with a sentence that says so.",
        "",
        "This page is made by `flask todo settings > docs/configuration.md`.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    for f in fields(Settings):
        default = f"`{f.metadata['default']}`" if f.metadata["default"] else "-"
        lines.append(f"| `{PREFIX}{f.name.upper()}` | {default} | {f.metadata['doc']} |")
    return "\n".join(lines) + "\n"
