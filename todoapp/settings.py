"""Every setting, typed and checked, read once from the environment.

Each is `TODOAPP_<NAME>`, or `TODOAPP_<NAME>_FILE` with the path of a file that holds it, which is
how container platforms hand over secrets. This is the only module that reads `os.environ`.
`docs/configuration.md` is made from the fields below.
"""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

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


def _text(value: str) -> str:
    return value


def _flag(value: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True}
    known |= {"false": False, "0": False, "no": False, "off": False}
    if value.lower() not in known:
        raise ValueError("must be true or false")
    return known[value.lower()]


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return value

    return parse


def _bind(value: str) -> str:
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})", value)
    if not match or not 1 <= int(match[2]) <= 65535:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8000")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a URL such as https://todo.example.com")
    if parts.path.strip("/"):
        raise ValueError("must not have a path: the service lives at the root of its host")
    return f"{parts.scheme}://{parts.netloc}"


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _database_url(value: str) -> str:
    """Name the driver, and make sure that it is one of the two engines."""
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


def _setting(parse: Callable[[str], Any], default: str, doc: str, *, secret: bool = False) -> Any:
    return field(metadata={"parse": parse, "default": default, "doc": doc, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation may choose. `from_environment` fills and checks it."""

    bind: str = _setting(_bind, "127.0.0.1:8000", "The address and port to serve on.")
    data_dir: Path = _setting(
        Path, "instance", "The folder of the SQLite database and of the secret key file."
    )
    database_url: str = _setting(
        _database_url,
        "",
        "The database: `sqlite:////path/to/file` or `postgresql://user:password@host/name`. "
        "Default: `todoapp.db` in the data folder.",
        secret=True,
    )
    secret_key: str = _setting(
        _text,
        "",
        "Signs page tokens; at least 32 characters. Default: the file `secret_key` in the data "
        "folder, made at the first start. Hosts that share a database must share it.",
        secret=True,
    )
    public_url: str = _setting(
        lambda value: _origin(value) if value else "",
        "",
        "Where people reach the service, such as `https://todo.example.com`; links in answers "
        "begin with it. Default: the host that the request names, if it is trusted.",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        _names,
        "",
        "Host names to answer to, with commas between; `.example.com` means all below it. "
        "localhost, 127.0.0.1, the bind address and the host of the public URL are always trusted.",
    )
    guest_access: bool = _setting(
        _flag,
        "false",
        "Let calls without a key use `/todos`, the simple face, as the user `guest`.",
    )
    workers: int = _setting(_between(1, 64), "2", "Gunicorn worker processes.")
    threads: int = _setting(_between(1, 64), "4", "Threads in each worker.")
    database_timeout: int = _setting(
        _between(1, 300),
        "5",
        "Seconds to wait for a lock, a connection or a statement before answering 503.",
    )
    sqlite_synchronous: str = _setting(
        _one_of("full", "normal"),
        "full",
        "`full`: an acknowledged write survives a power cut. `normal`: faster, survives a crash "
        "of the process only.",
    )
    log_format: str = _setting(_one_of("json", "text"), "json", "How the log is written.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every setting from `environ` (default: the process's).

        Raises BadSetting, which names the first one that cannot be used and says what is right.
        """
        environ = os.environ if environ is None else environ
        _refuse_unknown(cls, environ)
        values = {f.name: _read(f.name, f.metadata, environ) for f in fields(cls)}
        values["data_dir"] = _data_dir(values["data_dir"])
        values["database_url"] = values["database_url"] or _default_database(values["data_dir"])
        values["secret_key"] = _secret_key(values["secret_key"], values["data_dir"])
        return cls(**values)

    @property
    def url(self) -> URL:
        """The database's address, parsed."""
        return make_url(self.database_url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def hosts(self) -> list[str]:
        """Every host name that requests may use."""
        bound = self.bind.rpartition(":")[0].strip("[]")
        public = urlsplit(self.public_url).hostname
        everywhere = bound in ("0.0.0.0", "::")  # noqa: S104
        named = (*self.trusted_hosts, public, None if everywhere else bound)
        return ["localhost", "127.0.0.1", "[::1]", *(name for name in named if name)]


def _refuse_unknown(cls: type[Settings], environ: Mapping[str, str]) -> None:
    """A misspelt setting would otherwise be ignored in silence."""
    names = {f.name.upper() for f in fields(cls)}
    known = {PREFIX + name for name in names} | {f"{PREFIX}{name}_FILE" for name in names}
    for key in sorted(environ):
        if key.startswith(PREFIX) and key not in known:
            raise BadSetting(
                key.removeprefix(PREFIX), "is not a setting; see docs/configuration.md"
            )


def _read(name: str, metadata: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    raw = _raw(name, environ)
    if raw is None and not metadata["default"]:
        return metadata["parse"]("") if metadata["parse"] is not _database_url else ""
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
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{name}_file", f"cannot be read: {error}.") from None


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
