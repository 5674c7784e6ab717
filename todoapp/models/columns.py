"""What several models have in common: their identity, their version, their checks."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import CheckConstraint, Identity
from sqlalchemy.orm import Mapped, mapped_column

from todoapp.column_types import BigId

#: SQLite reuses the ids of deleted rows unless the column is AUTOINCREMENT.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class Identified:
    """A row with an id of its own, given by the database and never reused."""

    id: Mapped[int] = mapped_column(BigId, Identity(), primary_key=True)
    created_at: Mapped[datetime]


class Versioned(Identified):
    """A row that people change."""

    #: Counts its changes, from 1; what ETag and If-Match speak of.
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


def one_of(column: str, values: Iterable[str | int]) -> CheckConstraint:
    """Return the constraint that `column` holds one of `values`."""
    listed = ", ".join(str(v) if isinstance(v, int) else f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def length(column: str, low: int, high: int) -> CheckConstraint:
    """Return the constraint that `column` has from `low` to `high` characters."""
    return CheckConstraint(f"length({column}) BETWEEN {low} AND {high}", name=f"{column}_length")
