"""Where the settings come from: variables, files that variables name, and the data folder."""

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

PREFIX = "TODOAPP_"
ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY_MIN = 32
#: Characters of a setting. A path such as /dev/zero has no end.
_VALUE_MAX = 8192
#: Signs that cannot be seen, beside tabs and ends of lines.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class BadSetting(SystemExit):
    """A setting that cannot be used.

    It is a SystemExit so that whatever is starting (Gunicorn, a command, the factory) stops with
    one sentence on standard error and a non-zero status, not with a traceback.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"todoapp: {PREFIX}{name.upper()} {problem}")


class BadSettings(BadSetting):
    """Several, each with a sentence in a line of its own."""

    def __init__(self, problems: Iterable[BadSetting]) -> None:
        SystemExit.__init__(self, "\n".join(map(str, problems)))


def read_all(known: Mapping[str, Mapping[str, Any]], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the value of each setting, by its own parser. Raises BadSettings, with all of them."""
    problems = list(_unknown(known, environ))
    given = {}
    for name, metadata in known.items():
        try:
            given[name] = _read(name, metadata, environ)
        except BadSetting as problem:
            problems.append(problem)
    if problems:
        raise BadSettings(problems)
    return given


def _unknown(names: Iterable[str], environ: Mapping[str, str]) -> Iterator[BadSetting]:
    """A misspelt setting would otherwise be ignored in silence."""
    known = {f"{name.upper()}{end}" for name in names for end in ("", "_FILE")}
    for key in sorted(environ):
        name = key.removeprefix(PREFIX)
        if key.startswith(PREFIX) and name not in known:
            yield BadSetting(name, f"is not a setting{_meant(name, known)}.")


def _meant(name: str, known: Iterable[str]) -> str:
    """Return what else to look at."""
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    return f"; {PREFIX}{near[0]} is one" if near else ": docs/configuration.md has all"


def _read(name: str, metadata: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    """Return the value of a setting. Raises BadSetting."""
    raw = _raw(name, environ)
    try:
        return metadata["parse"](metadata["default"] if raw is None else raw)
    except ValueError as error:
        raise BadSetting(name, f"{error}.") from None


def _raw(name: str, environ: Mapping[str, str]) -> str | None:
    key = PREFIX + name.upper()
    path, value = (environ.get(one, "").strip() for one in (f"{key}_FILE", key))
    if path and value:
        raise BadSetting(name, f"is set twice, by itself and by {key}_FILE; keep one.")
    if path:
        value = _read_file(name, path)
    if len(value) > _VALUE_MAX or _CONTROL.search(value):
        raise BadSetting(
            name, f"must have at most {_VALUE_MAX} characters, and no control character."
        )
    return value or None


def _read_file(name: str, path: str) -> str:
    """Return what is in the file, and no more of it than is enough to see that it is too much."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            value = file.read(_VALUE_MAX + 2).strip()
    except OSError as error:
        raise BadSetting(f"{name}_file", f"cannot be read: {_told(error)}.") from None
    except UnicodeDecodeError:
        raise BadSetting(f"{name}_file", f"names a file that is not text: {path}.") from None
    if not value:
        raise BadSetting(f"{name}_file", f"names an empty file: {path}.")
    return value


def origin(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the variable that a setting is read from; None: it has its default."""
    key = PREFIX + name.upper()
    return next((one for one in (f"{key}_FILE", key) if environ.get(one, "").strip()), None)


def _told(error: OSError) -> str:
    return f"{error.strerror}: {error.filename}"


def data_dir(path: Path) -> Path:
    """Return the folder, made if need be. Raises BadSetting."""
    if str(path).startswith("~"):
        raise BadSetting(
            "data_dir", "begins with ~, which only a shell knows: give the whole path."
        )
    path = path if path.is_absolute() else ROOT / path
    try:
        if path.exists() and not path.is_dir():
            raise BadSetting("data_dir", f"must be a folder, and {path} is none.")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting("data_dir", f"cannot be made: {_told(error)}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting("data_dir", f"is a folder that cannot be written to: {path}.")
    return path


def secret_key(folder: Path) -> str:
    """Return the key that is kept in the folder, made if need be. Raises BadSetting."""
    path = folder / "secret_key"
    try:
        value = _kept_secret_key(path)
    except (OSError, UnicodeDecodeError) as error:
        told = _told(error) if isinstance(error, OSError) else f"it is not text: {path}"
        raise BadSetting("secret_key", f"cannot be read from the data folder: {told}.") from None
    if len(value) < SECRET_KEY_MIN:
        raise BadSetting(
            "secret_key",
            f"must have at least {SECRET_KEY_MIN} characters, and the one in {path} has "
            f"{len(value)}: restore it, or remove the file to have a new one made.",
        )
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
            raise BadSetting("data_dir", f"cannot be written to: {_told(error)}.") from None
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8").strip()
