"""What of an installation beside its database wants looking after: addresses, files, backups."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from todoapp.installation import settings
from todoapp.services import backups
from todoapp.services.system_findings import Finding

#: How old the newest backup may be: made by somebody, or every night by a worker.
_FRESH, _NIGHTLY = timedelta(days=8), timedelta(hours=26)
_LOCAL = ("localhost", "127.0.0.1", "::1")
#: What of a file's mode lets others read it or write to it, and others into a folder.
_OTHERS, _WRITE, _ENTER = 0o066, 0o022, 0o011


def addresses(_now: datetime) -> Iterator[Finding]:
    """Tell when what is set of proxies and of the public address does not fit together."""
    chosen = settings()
    public = urlsplit(chosen.public_url)
    is_local = chosen.bind.rpartition(":")[0].strip("[]") in _LOCAL
    if public.scheme == "http" and public.hostname not in _LOCAL:
        yield Finding(
            "People reach the service without HTTPS: passwords and keys can be read on the way.",
            "Put a proxy in front that speaks HTTPS, and say so in TODOAPP_PUBLIC_URL.",
        )
    if chosen.is_https and not chosen.proxies:
        yield Finding(
            "The public address is HTTPS, which a proxy speaks, but no proxy is believed: "
            "everybody has its address, and guesses at passwords are counted together.",
            "Set TODOAPP_PROXIES to the number of proxies.",
        )
    if not is_local and not chosen.public_url:
        yield Finding(
            f"The service listens on {chosen.bind} and does not know its public address.",
            "Say in TODOAPP_PUBLIC_URL how people reach it, by HTTPS.",
        )


def files(_now: datetime) -> Iterator[Finding]:
    """Tell which files others on this host can read or write to."""
    chosen = settings()
    if _mode(chosen.data_dir) & _WRITE:
        yield Finding(
            f"Others on this host can write to the data folder, {chosen.data_dir}.",
            f"Run `chmod 700 {chosen.data_dir}`.",
            is_urgent=True,
        )
    for path in _private():
        if path.exists() and _mode(path) & _OTHERS and _mode(path.parent) & _ENTER:
            yield Finding(
                f"Others on this host can read {path}.",
                f"Run `chmod 600 {path}`.",
                is_urgent=True,
            )


def _private() -> Iterator[Path]:
    """Return what nobody else is to see."""
    chosen = settings()
    yield chosen.data_dir / "secret_key"
    if chosen.is_sqlite:
        yield from (Path(f"{chosen.url.database}{end}") for end in ("", "-wal"))
    yield from (backup.path for backup in backups.every())


def _mode(path: Path) -> int:
    return path.stat().st_mode


def copies(now: datetime) -> Iterator[Finding]:
    """Tell when there is no backup, or none that is new, or no room for the next."""
    newest = backups.newest()
    folder = settings().backup_dir
    if newest is None:
        yield Finding(
            f"There is no backup in {folder}.",
            "Make one with `flask todo backup --verify`, and keep a copy on another host.",
        )
        return
    yield from _age(now - newest.at)
    free = shutil.disk_usage(folder).free
    if free < 2 * newest.size:
        yield Finding(
            f"The disk of the backups is filling up; left in {folder}: {free // 10**6:,} MB.",
            "Make room there, or keep fewer by TODOAPP_BACKUP_KEEP.",
            is_urgent=free < newest.size,
        )


def _age(age: timedelta) -> Iterator[Finding]:
    is_nightly = settings().backup_at is not None
    if age <= (_NIGHTLY if is_nightly else _FRESH):
        return
    yield Finding(
        f"The newest backup is {age // timedelta(hours=1):,} hours old.",
        "Look in the log for why the job `backup` failed, and whether a worker runs."
        if is_nightly
        else "Make one with `flask todo backup --verify`, or one every night by TODOAPP_BACKUP_AT.",
        is_urgent=is_nightly,
    )


#: What is looked at, by the name that `flask todo doctor` gives it.
CHECKS: Mapping[str, Callable[[datetime], Iterator[Finding]]] = {
    "addresses": addresses,
    "files": files,
    "backups": copies,
}


def findings(now: datetime) -> list[Finding]:
    """Return what is found."""
    return [found for check in CHECKS.values() for found in check(now)]
