"""Backups of the database, made while the service runs: each complete, or not there.

A backup is written as a hidden draft, checked, and takes its name when it is done. In their folder
as many are kept as TODOAPP_BACKUP_KEEP says; nothing but what is named like a backup is removed.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from todoapp.errors import Conflict
from todoapp.installation import settings
from todoapp.services import backup_engine, checksums
from todoapp.services.checksums import Checksums
from todoapp.services.disk import sync

_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"todoapp-(\d{8}T\d{6}Z)\.(?:db|dump)")
_DRAFT = ".todoapp-backup"


@dataclass(frozen=True)
class Backup:
    """A file that the database can be restored from."""

    path: Path
    #: The moment that it shows, to the second.
    at: datetime
    #: In bytes.
    size: int


@dataclass(frozen=True)
class Made:
    """A new backup, and what became of others."""

    backup: Backup
    #: What it was found to hold when it was restored; None: it was not tried.
    verified: Checksums | None
    #: The old ones that were in its place.
    removed: Sequence[Path]


def make(place: Path | None = None, *, at: datetime, verify: bool = False) -> Made:
    """Make a backup in the folder of the backups and remove the oldest; or else at `place`.

    `place` is a folder, or a file that is not there; nothing is removed there. With `verify` the
    backup is restored for a try, and held against what was in the database at its moment. Raises
    Conflict, with the reason, when any of it fails: then there is no backup, and none is removed.
    """
    engine = backup_engine.of(settings().url)
    path = place or settings().backup_dir  # to name, if it cannot even be looked at
    try:
        path = _path(place, at)
        with _draft(path.parent) as (draft, lock):
            told = engine.write(settings().url, draft, lock=lock, checked=verify)
            if told is not None:
                check(draft, told)
            _settle(draft, path)
    except OSError as error:
        raise Conflict(f"{path} cannot be written: {error.strerror}.") from None
    made = Backup(path, at.astimezone(UTC).replace(microsecond=0), path.stat().st_size)
    return Made(made, told, [] if place else _rotate())


def check(file: Path, expected: Checksums) -> None:
    """Restore a backup into a scratch database; raise Conflict unless it holds what is expected."""
    url = settings().url
    engine = backup_engine.of(url)
    with engine.scratch(url) as scratch:
        engine.fill(scratch, file)
        wrong = checksums.differences(expected, engine.read(scratch))
    if wrong:
        raise Conflict(f"The backup is not what was in the database: {'; '.join(wrong)}.")


def every() -> list[Backup]:
    """Return the backups in their folder, the newest first."""
    found = map(_backup, settings().backup_dir.glob("todoapp-*"))
    return sorted(filter(None, found), key=lambda backup: backup.at, reverse=True)


def _backup(path: Path) -> Backup | None:
    """Return what a file is, if it is named like a backup and is still there."""
    match = _NAME.fullmatch(path.name)
    try:
        at = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC) if match else None
        return Backup(path, at, path.stat().st_size) if at and path.is_file() else None
    except (ValueError, OSError):  # no such day, or another process has removed it
        return None


def newest() -> Backup | None:
    """Return the newest backup in their folder."""
    return next(iter(every()), None)


def _path(place: Path | None, at: datetime) -> Path:
    """Return where a backup goes, in a folder that is there."""
    url, folder = settings().url, place or settings().backup_dir
    if place is None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"todoapp-{at.astimezone(UTC).strftime(_TIME)}.{backup_engine.of(url).SUFFIX}"
    path = folder / name if folder.is_dir() else folder
    if path.exists():
        raise Conflict(f"{path} is there already: a backup replaces nothing.")
    return path.absolute()


@contextmanager
def _draft(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield an empty file, for its owner only, that goes away unless it is renamed, and its lock.

    It is locked, so that two backups at once do not write into one, and what a killed one has left
    is used again. Raises Conflict for the second, and OSError for a link, which could lead to
    any file.
    """
    draft = folder / _DRAFT
    descriptor = os.open(draft, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if not _is_mine(descriptor, draft):
            raise Conflict(f"Another backup is being made in {folder}: wait until it is done.")
        os.ftruncate(descriptor, 0)
        try:
            yield draft, descriptor
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    finally:
        os.close(descriptor)


def _is_mine(descriptor: int, draft: Path) -> bool:
    """Lock the draft; tell whether that worked, and it is still the draft and no backup by now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return draft.exists() and os.path.samestat(os.fstat(descriptor), draft.stat())


def _settle(draft: Path, path: Path) -> None:
    """Give the draft its name, for good."""
    draft.rename(path)
    sync(path.parent)


def _rotate() -> list[Path]:
    """Remove the oldest beyond those that are kept; return them."""
    old = [backup.path for backup in every()[settings().backup_keep :]]
    for path in old:
        path.unlink(missing_ok=True)
    return old
