"""From a backup back to a database, which has to be empty: nothing is ever replaced."""

from pathlib import Path

from sqlalchemy import update
from sqlalchemy.engine import URL

from todoapp.db import writer
from todoapp.errors import Conflict
from todoapp.installation import settings
from todoapp.models import Change
from todoapp.services import backup_engine, bulk, health

#: What the files of each engine begin with.
_BEGINNINGS = {b"SQLite format 3\0": "sqlite", b"PGDMP": "postgresql"}
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def restore(file: Path) -> str:
    """Fill the empty database from a backup, and return the revision that it is of now.

    Afterwards call `begin_anew`, and migrate. Raises Conflict, with what to do, when the backup
    cannot be used, was made by a newer version, or when there is something in the database.
    """
    url = settings().url
    _refuse_other(file, url)
    engine = backup_engine.of(url)
    revision = engine.revision(file)
    if not health.is_known(revision):
        raise Conflict(
            f"{file} was made by a newer version, with revision {revision} of the schema; this one "
            f"knows {health.head()}. Install the newer version and try again."
        )
    if not engine.is_empty(url):
        raise Conflict(_occupied(url))
    try:
        engine.fill(url, file)
    except OSError as error:
        raise Conflict(f"{url.database} cannot be written: {error.strerror}.") from None
    return revision


def begin_anew() -> None:
    """Count the transactions of all changes as over, in the open transaction.

    Another PostgreSQL counts transactions anew: by the numbers of the old one, what was done since
    would come before what was restored, or be held back until it has caught up (services.history).
    """
    bulk.prepare()
    old = update(Change).where(Change.transaction_id != 0)
    writer().execute(old.values(transaction_id=0))


def _refuse_other(file: Path, url: URL) -> None:
    try:
        with file.open("rb") as opened:
            begins = opened.read(16)
    except OSError as error:
        raise Conflict(f"{file} cannot be read: {error.strerror}.") from None
    kind = next((kind for start, kind in _BEGINNINGS.items() if begins.startswith(start)), None)
    if kind is None:
        raise Conflict(f"{file} is not a backup.")
    if kind != url.get_backend_name():
        raise Conflict(
            f"{file} is a backup of {_NAMES[kind]}, and TODOAPP_DATABASE_URL names another engine. "
            "Restore it into its own; from SQLite to PostgreSQL goes flask todo move."
        )


def _occupied(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return (
            f"There are tables in {url.database}: a backup is restored into an empty database. "
            "Move this one away, with its -wal and -shm, and try again."
        )
    return (
        f"There are tables in the database {url.database}: a backup is restored into an empty one. "
        "Make one with createdb, name it in TODOAPP_DATABASE_URL, and try again."
    )
