"""Backups of an SQLite database: whole database files, which need nothing beside them.

They are made by SQLite's online backup, in one step. That is one read transaction: it shows one
moment, and with a write-ahead log nobody who writes waits for it. VACUUM INTO would do so as well,
but builds every table and index anew, for several times as long, while the log cannot be emptied.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from todoapp.errors import Conflict
from todoapp.services import checksums
from todoapp.services.checksums import Checksums
from todoapp.services.disk import sync

SUFFIX = "db"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
#: What belongs to a database file that was not closed well.
_BESIDE = ("-wal", "-shm", "-journal")


def path_of(url: URL) -> Path:
    """Return the database file."""
    return Path(str(url.database))


def write(
    url: URL,
    draft: Path,
    *,
    lock: int,  # noqa: ARG001 - nobody else writes here
    checked: bool,
) -> Checksums | None:
    """Copy the database as it is at one moment; see backup_engine."""
    with _opened(path_of(url)) as source:
        source.execute("BEGIN")
        source.execute(_TABLES).fetchall()  # the first read sets the moment
        _copy(source, draft)
        told = _checksums(source) if checked else None
    with _opened(draft) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")  # else it were opened with files beside it
        _check(copy, draft)
    sync(draft)
    return told


def revision(file: Path) -> str:
    """Return the revision in a backup; see backup_engine."""
    with _opened(file, "ro") as backup:
        found = backup.execute("SELECT version_num FROM alembic_version").fetchone()
    if found is None:
        raise Conflict(f"{file} is of no version of todoapp.")
    return str(found[0])


def is_empty(url: URL) -> bool:
    """Tell whether there is no table. Raises Conflict for what a database has left behind."""
    path = path_of(url)
    left = [f"{path}{end}" for end in _BESIDE if Path(f"{path}{end}").exists()]
    if left and not path.exists():
        raise Conflict(
            f"A database that is gone has left {' and '.join(left)}: remove what it left."
        )
    if not path.exists():
        return True
    with _opened(path) as database:
        return not database.execute(_TABLES).fetchall()


def fill(url: URL, file: Path) -> None:
    """Put a copy of a backup in the place of the database; see backup_engine."""
    target = path_of(url)
    draft = target.with_name(f".{target.name}.restored")
    try:
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        with _opened(file, "ro") as backup:
            _copy(backup, draft)
        with _opened(draft) as copy:
            _check(copy, file)
        sync(draft)
        draft.replace(target)
        sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def read(url: URL) -> Checksums:
    """Return the checksums; see backup_engine."""
    with _opened(path_of(url)) as database:
        database.execute("BEGIN")
        return _checksums(database)


@contextmanager
def scratch(url: URL) -> Iterator[URL]:  # noqa: ARG001 - PostgreSQL's lies beside the database
    """Yield a database in the folder for temporary files; see backup_engine."""
    with tempfile.TemporaryDirectory(prefix="todoapp-") as folder:
        yield make_url(f"sqlite:///{folder}/scratch.db")


@contextmanager
def _opened(path: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """Yield a connection to a database that is there."""
    try:
        opened = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=60)
        with closing(opened) as connection:
            connection.isolation_level = None
            yield connection
    except sqlite3.Error as error:
        raise Conflict(f"{path} cannot be read or copied: {error}.") from None


def _copy(source: sqlite3.Connection, target: Path) -> None:
    for end in _BESIDE:  # of one that was killed: SQLite would take it for a part of this
        Path(f"{target}{end}").unlink(missing_ok=True)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # what breaks off is thrown away
            copy.execute(f"PRAGMA {pragma}")
        source.backup(copy)


def _check(database: sqlite3.Connection, path: Path) -> None:
    [first, *_] = [row[0] for row in database.execute("PRAGMA integrity_check(1)")]
    if first != "ok":
        raise Conflict(f"{path} is damaged: {' '.join(first.split())}.")


def _checksums(database: sqlite3.Connection) -> Checksums:
    names = [name for (name,) in database.execute(_TABLES)]
    rows = {name: database.execute(f'SELECT * FROM "{name}"') for name in names}  # noqa: S608
    return {name: checksums.of(map(checksums.written, rows[name])) for name in names}
