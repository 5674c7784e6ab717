"""Whether the service can do its work."""

import logging
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, TimeoutError

from todoapp.db import reader
from todoapp.settings import ROOT

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_log = logging.getLogger("todoapp.health")

#: What the driver, the pool or the server says when the database cannot be used.
UNREACHABLE = (DBAPIError, TimeoutError)

#: What PostgreSQL calls a table and a column that are not there.
_UNDEFINED = ("42P01", "42703")

AWAY, NOT_MIGRATED = "The database is away.", "The database is not migrated."


def problem() -> str | None:
    """Return why the service cannot work: the database is away or not migrated; None: it can.

    Raises DBAPIError for a connection that has died, which says nothing of the database: the edge
    asks again, by a new one.
    """
    found, error = diagnosis()
    if error:
        _log.warning("unready", exc_info=error)
    return found


def diagnosis() -> tuple[str | None, Exception | None]:
    """Return what `problem` does, and the error that told it, if one did."""
    try:
        present = revision()
    except UNREACHABLE as error:
        if getattr(error, "connection_invalidated", False):
            raise
        return NOT_MIGRATED if lacks_tables(error) else AWAY, error
    return NOT_MIGRATED if present in _older() else None, None


def lacks_tables(error: Exception) -> bool:
    """Tell whether it comes of a table or a column that is not there: a migration makes them."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state in _UNDEFINED or "no such " in reason(error)


def reason(error: Exception) -> str:
    """Return what the database said, in a line; the error itself quotes the statement as well."""
    lines = str(getattr(error, "orig", None) or error).split("\n")
    return "; ".join(line.strip() for line in lines if line.strip()).rstrip(".?")


def revision() -> str | None:
    """Return the revision of the schema; None: there is none."""
    present: str | None = reader().scalar(text("SELECT version_num FROM alembic_version"))
    return present


def is_ahead() -> bool:
    """Tell whether the schema is newer than this code, which then must not migrate it."""
    try:
        present = revision()
    except UNREACHABLE:
        return False
    return present is not None and not is_known(present)


@cache
def head() -> str:
    """Return the revision that this code was written for."""
    return str(_scripts().get_current_head())


def is_known(revision: str) -> bool:
    """Tell whether this code can work on a revision, or bring it up to date."""
    return revision == head() or revision in _older()


@cache
def _older() -> frozenset[str | None]:
    """Return the revisions that are too old for this code.

    One that it does not know is newer: while an upgrade is rolled out, the old code goes on
    serving on the new schema.
    """
    known = (script.revision for script in _scripts().walk_revisions())
    return frozenset({None, *known} - {head()})


def _scripts() -> "ScriptDirectory":
    # Here, since it takes a tenth of the start; the first probe waits instead.
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config)
