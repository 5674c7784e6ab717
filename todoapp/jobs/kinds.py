"""The kinds of jobs there are, and when those are run that nobody asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from todoapp.installation import settings
from todoapp.jobs import housekeeping
from todoapp.jobs.housekeeping import Chore
from todoapp.jobs.schedule import Schedule, daily, hourly, slot
from todoapp.services import backups

#: Does the job, or a part of it, in the present unit of work, at a moment; tells whether more is
#: left. What it does beside the database may be done again, if the worker is killed meanwhile.
Run = Callable[[Mapping[str, Any], datetime], bool]


@dataclass(frozen=True)
class Kind:
    """What a job of the kind does."""

    run: Run
    #: None: it is run when something enqueues it.
    schedule: Schedule | None = None


def _removing(chore: Chore, schedule: Schedule) -> Kind:
    """Return the kind that does a chore, a portion at a time, until nothing is left."""
    return Kind(lambda _payload, at: chore(at) > 0, schedule)


def _back_up(_payload: Mapping[str, Any], at: datetime) -> bool:
    backups.make(at=at)
    return False


def _when_backups_are_made(at: datetime) -> datetime | None:
    when = settings().backup_at
    return daily(when)(at) if when else None


_NIGHTLY = daily(time(3))

#: By name. A name stays as long as a job of the kind may be in some queue.
KINDS: dict[str, Kind] = {
    "purge-trash": _removing(housekeeping.trash, hourly),
    "prune-changes": _removing(housekeeping.log, _NIGHTLY),
    "prune-sessions": _removing(housekeeping.logins, _NIGHTLY),
    "prune-login-attempts": _removing(housekeeping.guesses, _NIGHTLY),
    "prune-idempotency-keys": _removing(housekeeping.answers, _NIGHTLY),
    "prune-failures": _removing(housekeeping.errors, _NIGHTLY),
    "prune-jobs": _removing(housekeeping.queue, _NIGHTLY),
    "backup": Kind(_back_up, _when_backups_are_made),
}


def slots(at: datetime) -> dict[str, str]:
    """Return the present period of each kind that has one, as the queue names it.

    What is switched off by a setting has none.
    """
    periods = {name: kind.schedule(at) for name, kind in KINDS.items() if kind.schedule}
    return {name: slot(beginning) for name, beginning in periods.items() if beginning}
