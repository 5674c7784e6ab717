"""How the installation is, for its administrators."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from todoapp import __version__, installation
from todoapp.limits import JobState, Scope
from todoapp.services import database_state, failures, health, job_rows
from todoapp.services.access import Actor, require_scope
from todoapp.setting_pages import Chosen
from todoapp.setting_pages import configuration as all_settings

#: Those whose versions are told.
LIBRARIES = ("Flask", "SQLAlchemy", "alembic", "psycopg", "marshmallow", "gunicorn")
#: How many of the newest failures are told.
FAILURES = 10
#: How many of the newest jobs that were given up.
DEAD = 10


@dataclass(frozen=True)
class State:
    """How it is at one moment."""

    version: str
    python: str
    #: The version of each library.
    libraries: Mapping[str, str]
    server: database_state.Server
    #: The revision of the schema; None: there is none.
    revision: str | None
    #: The one that this code was written for.
    head: str
    numbers: Sequence[database_state.Number]
    growth: Sequence[database_state.Day]
    failures: Sequence[Row[Any]]
    queue: job_rows.Queue
    #: The newest jobs that were given up.
    dead: Sequence[Row[Any]] = ()
    #: When each kind of periodic job was done last.
    last_runs: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def is_migrated(self) -> bool:
        """Whether schema and code agree."""
        return self.revision == self.head

    @property
    def is_ahead(self) -> bool:
        """Whether the schema is newer than this code."""
        return self.revision is not None and not health.is_known(self.revision)


def state(actor: Actor, *, now: datetime) -> State:
    """Return the state of the installation; days are those of the actor's timezone.

    Raises Forbidden without the scope admin.
    """
    require_scope(actor, Scope.ADMIN)
    dead, _ = job_rows.page(actor, {"page_size": DEAD, "state": JobState.DEAD}, None)
    return replace(observed(actor.zone, now), dead=dead)


def observed(zone: ZoneInfo, now: datetime) -> State:
    """Return the state of the installation, for the operator, but for the jobs given up.

    Days are those of the timezone.
    """
    return State(
        version=__version__,
        python=platform.python_version(),
        libraries={name: version(name) for name in LIBRARIES},
        server=database_state.server(),
        revision=health.revision(),
        head=health.head(),
        numbers=database_state.numbers(now),
        growth=database_state.growth(zone, now),
        failures=failures.newest(FAILURES),
        queue=job_rows.queue(now),
        last_runs=job_rows.last_runs(),
    )


def configuration(actor: Actor) -> Sequence[Chosen]:
    """Return every setting, secrets masked. Raises Forbidden without the scope admin."""
    require_scope(actor, Scope.ADMIN)
    return all_settings(installation.settings())
