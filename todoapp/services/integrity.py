"""Whether the database is whole, as far as it can say so itself."""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from todoapp.db import reader
from todoapp.services.system_findings import Finding

#: How many of the things that are wrong are told.
_TOLD = 3
_RESTORE = (
    "Stop the service, keep what is there, look at the disk, and restore the newest backup that "
    "`flask todo backup --verify` has passed."
)
_REBUILD = "Rebuild it with `REINDEX INDEX CONCURRENTLY`."
_INVALID = text(
    "SELECT CAST(indexrelid AS regclass)::text FROM pg_index WHERE NOT indisvalid LIMIT :most"
)
_UNREADABLE = text(
    "SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()"
)
_UNCHECKED = text(
    "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated LIMIT :most"
)


def damage() -> Iterator[Finding]:
    """Tell what is broken in the files of the database; SQLite's are read whole."""
    if reader().dialect.name == "sqlite":
        for line in _sqlite_says():
            if line != "ok":
                yield Finding(f"The database is damaged: {line}.", _RESTORE, is_urgent=True)
        return
    for name in reader().scalars(_INVALID, {"most": _TOLD}):
        yield Finding(f"The index {name} is not valid.", _REBUILD, is_urgent=True)
    if reader().scalar(_UNREADABLE):
        yield Finding("PostgreSQL has read damaged pages.", _RESTORE, is_urgent=True)


def _sqlite_says() -> list[str]:
    try:
        return list(reader().scalars(text(f"PRAGMA quick_check({_TOLD})")))
    except DBAPIError as error:  # so damaged that it cannot even be looked through
        return [str(error.orig)]


def strays() -> Iterator[Finding]:
    """Tell which references lead nowhere; PostgreSQL keeps them right once it has checked them."""
    if reader().dialect.name == "sqlite":
        rows = reader().execute(text("PRAGMA foreign_key_check")).fetchmany(_TOLD)
        for table, row, referred, _ in rows:
            told = f"Row {row} of {table} refers to a {referred} that is gone."
            yield Finding(told, _RESTORE, is_urgent=True)
        return
    for name in reader().scalars(_UNCHECKED, {"most": _TOLD}):
        told = f"The references of {name} have never been checked."
        yield Finding(told, "Run `ALTER TABLE … VALIDATE CONSTRAINT …`.", is_urgent=True)
