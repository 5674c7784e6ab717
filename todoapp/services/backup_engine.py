"""What backing up needs of either engine: the modules backup_sqlite and backup_postgresql."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import URL

from todoapp.services import backup_sqlite
from todoapp.services.checksums import Checksums


class Engine(Protocol):
    """One of the two. What cannot be done raises Conflict, with the reason in a sentence."""

    #: What the name of a backup ends with.
    SUFFIX: str

    def write(self, url: URL, draft: Path, *, lock: int, checked: bool) -> Checksums | None:
        """Write a backup into a file that is there, and empty.

        It is this one's alone as long as the descriptor `lock` is open, here or elsewhere.

        With `checked`, return the checksums of exactly what was in the database at the moment that
        the backup shows, whatever is written meanwhile.
        """

    def revision(self, file: Path) -> str:
        """Return the revision of the schema in a backup."""

    def is_empty(self, url: URL) -> bool:
        """Tell whether there is no table in a database, nor a database."""

    def fill(self, url: URL, file: Path) -> None:
        """Restore a backup into an empty database: whole or, when that fails, not at all."""

    def read(self, url: URL) -> Checksums:
        """Return the checksums of a database."""

    def scratch(self, url: URL) -> AbstractContextManager[URL]:
        """Yield an empty database for a while, with room for a second of this one."""


def of(url: URL) -> Engine:
    """Return the one for a database."""
    if url.get_backend_name() == "sqlite":
        return backup_sqlite
    # Here, since whoever stays with SQLite need not load the driver.
    from todoapp.services import backup_postgresql  # noqa: PLC0415

    return backup_postgresql
