"""Where the settings come from: variables, files that variables name, and the data folder."""

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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


def refuse_unknown(names: Iterable[str], environ: Mapping[str, str]) -> None:
    """A misspelt setting would otherwise be ignored in silence."""
    known = {f"{PREFIX}{name.upper()}{end}" for name in names for end in ("", "_FILE")}
    for key in sorted(environ):
        if key.startswith(PREFIX) and key not in known:
            raise BadSetting(
                key.removeprefix(PREFIX), "is not a setting; see docs/configuration.md."
            )


def read(name: str, metadata: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    """Return the value of a setting, by its own parser. Raises BadSetting."""
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


def origin(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the variable that a setting is read from; None: it has its default."""
    key = PREFIX + name.upper()
    return next((one for one in (f"{key}_FILE", key) if environ.get(one)), None)


def data_dir(path: Path) -> Path:
    """Return the folder, made if need be. Raises BadSetting."""
    path = path if path.is_absolute() else ROOT / path
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting("data_dir", f"cannot be made: {error}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting("data_dir", f"is a folder that cannot be written to: {path}.")
    return path


def secret_key(value: str, folder: Path) -> str:
    """Return the key given, else the one kept in the folder. Raises BadSetting."""
    value = value or _kept_secret_key(folder / "secret_key")
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
