"""What of the state of the installation wants looking after, and what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from todoapp.limits import JobState
from todoapp.services.jobs import ATTEMPTS
from todoapp.services.system import State

#: Bytes beside the database: below the first it is time to make room, below the second at once.
LITTLE_SPACE, NO_SPACE = 2 * 10**9, 200 * 10**6
#: Seconds by which the clocks of service and database may differ.
CLOCKS_DIFFER = 5
#: A job that is due and waits for so long, in seconds, waits in vain: there is no worker.
WAITS_IN_VAIN = 300
#: Workers have something to do every hour.
IDLE = timedelta(hours=3)
#: For how long a failure is news.
_NEWS = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or soon will be."""

    text: str
    advice: str
    is_urgent: bool = False


def schema(state: State, _now: datetime) -> Iterator[Finding]:
    """Tell when the schema is another than the code's."""
    at = f"The database is at revision {state.revision or 'none'}, the service wants {state.head}."
    if state.is_ahead:
        yield Finding(
            f"{at} That is an upgrade under way.",
            "Install the newest version here as well; until then this one goes on serving.",
        )
    elif not state.is_migrated:
        yield Finding(at, "Run `flask todo init`, which migrates.", is_urgent=True)


def space(state: State, _now: datetime) -> Iterator[Finding]:
    """Tell when the disk is filling up."""
    free = state.server.free
    if free is not None and free < LITTLE_SPACE:
        yield Finding(
            f"The disk of the database is filling up; left beside it: {free // 10**6:,} MB.",
            "Make room on the disk, or prune the log of changes with `flask todo prune`.",
            is_urgent=free < NO_SPACE,
        )


def clocks(state: State, _now: datetime) -> Iterator[Finding]:
    """Tell when the clocks of service and database differ."""
    ahead = state.server.clock_ahead
    if abs(ahead) >= CLOCKS_DIFFER:
        way = "ahead of" if ahead > 0 else "behind"
        yield Finding(
            f"The database's clock is {abs(ahead):,.0f} seconds {way} the service's.",
            "Keep both hosts in time, by NTP: logins, due dates and keys go by the clock.",
        )


def errors(state: State, now: datetime) -> Iterator[Finding]:
    """Tell when requests have failed."""
    new = sum(row.at > now - _NEWS for row in state.failures)
    if new:
        count = "A request has" if new == 1 else f"{new} requests have"
        yield Finding(
            f"{count} failed by an error of ours in the last 24 hours.",
            "Look for the reason in the log, by the ids under Recent errors on the page System.",
        )


def workers(state: State, now: datetime) -> Iterator[Finding]:
    """Tell when nothing works on the queue."""
    waited, last = state.queue.waited(now), state.queue.last_ended_at
    if waited < WAITS_IN_VAIN and last is not None and last > now - IDLE:
        return
    hours = IDLE // timedelta(hours=1)
    wait = f"A job has waited for {waited // 60:,.0f} minutes."
    yield Finding(
        wait if waited >= WAITS_IN_VAIN else f"No job has ended in the last {hours} hours.",
        "See that a worker runs: Gunicorn has one unless `TODOAPP_WORKER=false`, and "
        "`flask todo worker` is one. What hinders it is in the log.",
    )


def dead_jobs(state: State, _now: datetime) -> Iterator[Finding]:
    """Tell when jobs were given up."""
    count = state.queue.counts[JobState.DEAD]
    if count:
        jobs = "A job was" if count == 1 else f"{count:,} jobs were"
        yield Finding(
            f"{jobs} given up after {ATTEMPTS} attempts.",
            "The page System has the reasons, under Jobs that were given up: put them right, then "
            "retry or discard the jobs there.",
        )


#: What is looked at, by the name that `flask todo doctor` gives it.
CHECKS: Mapping[str, Callable[[State, datetime], Iterator[Finding]]] = {
    "schema": schema,
    "disk": space,
    "clock": clocks,
    "errors": errors,
    "worker": workers,
    "jobs": dead_jobs,
}


def findings(state: State, *, now: datetime) -> list[Finding]:
    """Return what is found, the urgent first."""
    return urgent_first(found for check in CHECKS.values() for found in check(state, now))


def urgent_first(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings in the order in which they are told."""
    return sorted(found, key=lambda finding: not finding.is_urgent)
