"""Work to be done in the background."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON, TypeDecorator

from todoapp import limits
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS, Identified, one_of

#: What the queue holds; a select has to say the same to be answered by its index.
OPEN = f"state IN {(str(limits.JobState.QUEUED), str(limits.JobState.RUNNING))}"
ENDED = f"state IN {(str(limits.JobState.DONE), str(limits.JobState.DEAD))}"


class Payload(TypeDecorator[dict[str, Any]]):
    """JSON; None: it cannot be read. SQLite takes any text, and one such job would stop all."""

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any]:
        """Return what reads a value from a row."""
        read = super().result_processor(dialect, coltype)

        def readable(value: Any) -> Any:
            try:
                return read(value) if read else value
            except ValueError:
                return None

        return readable


class Job(Identified, Base):
    """A job. It is written together with what asks for it, and so there is neither alone."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", [state.value for state in limits.JobState]),
        CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="leased_until"),
        CheckConstraint("(leased_until IS NULL) = (leased_by IS NULL)", name="leased_by"),
        CheckConstraint(f"({ENDED}) = (ended_at IS NOT NULL)", name="ended_at"),
        # However many workers enqueue a periodic job, there is one for each period.
        UniqueConstraint("kind", "slot"),
        Index(
            "ix_job_open",
            *("run_at", "id"),
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        NEVER_REUSE_IDS,
    )

    #: Which function runs it; see `todoapp.jobs.kinds`.
    kind: Mapped[str] = mapped_column(String(limits.JOB_KIND_MAX))
    #: What the function is told.
    payload: Mapped[dict[str, Any]] = mapped_column(Payload)
    #: The beginning of the period, of a periodic job; null: it is run when something asks for it.
    slot: Mapped[str | None] = mapped_column(String(limits.JOB_SLOT_MAX))
    state: Mapped[str] = mapped_column(String(16))
    #: Not to be run earlier; moved on when it has failed.
    run_at: Mapped[datetime]
    #: How often it was begun since it last got on.
    attempts: Mapped[int]
    #: The worker that runs it.
    leased_by: Mapped[str | None] = mapped_column(String(limits.WORKER_MAX))
    #: When the worker counts as dead unless it has asked for more time.
    leased_until: Mapped[datetime | None]
    #: Why it failed last.
    error: Mapped[str | None] = mapped_column(String(limits.FAILURE_TEXT_MAX))
    #: Since when it is done, or given up.
    ended_at: Mapped[datetime | None]
