"""`flask todo doctor`: all that can be wrong with an installation, each with what to do.

The rules are those that the System page shows, and some more that take longer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from todoapp.errors import Conflict
from todoapp.installation import settings, shared_redis
from todoapp.services import health, integrity, system, system_findings, upkeep
from todoapp.services.system_findings import Finding
from todoapp.setting_values import masked
from todoapp.shared_redis import Away


class Verdict(StrEnum):
    """How something is."""

    OK = "ok"
    LOOK = "look at this"
    BROKEN = "broken"


@dataclass(frozen=True)
class Line:
    """What was found of one thing."""

    subject: str
    verdict: Verdict
    text: str
    #: What to do; empty: nothing.
    advice: str = ""


#: What is said of a thing that is well.
_WELL = {
    "addresses": "What is set of proxies and of the public address fits together.",
    "files": "Nobody else on this host can read the data.",
    "backups": "There is a new one.",
    "redis": "It answers, or none is set.",
    "pg_dump": "It can make the nightly backup, or is not needed for it.",
    "schema": "It is the one that this version wants.",
    "disk": "There is room beside the database.",
    "clock": "The database's is in time.",
    "errors": "No request has failed in the last 24 hours.",
    "worker": "Jobs are done.",
    "jobs": "None was given up.",
    "integrity": "The database is whole.",
    "references": "Every reference leads somewhere.",
}


def examine(now: datetime) -> Iterator[Line]:
    """Return what is found, thing by thing; without a database, what can be told without it."""
    yield Line("configuration", Verdict.OK, "Every setting can be used: see flask todo config.")
    for subject, check in upkeep.CHECKS.items():
        yield from _lines(subject, check(now))
    yield from _lines("redis", _redis())
    database = _database()
    yield database
    if database.verdict == Verdict.BROKEN:
        return
    yield from _lines("pg_dump", _pg_dump())
    yield from _lines("integrity", integrity.damage())
    yield from _lines("references", integrity.strays())
    state = system.observed(ZoneInfo("UTC"), now)
    for name, look in system_findings.CHECKS.items():
        yield from _lines(name, look(state, now))


def _database() -> Line:
    """Tell whether it can be used, and if not, what it said."""
    problem, error = health.diagnosis()
    name, subject = masked(settings().database_url), "database"
    if problem == health.AWAY and error:
        text = f"{name} is away: {health.reason(error)}."
        return Line(subject, Verdict.BROKEN, text, "See that it runs and is the one that you mean.")
    if problem:
        return Line(subject, Verdict.BROKEN, problem, "Run `flask todo init`, which migrates.")
    return Line(subject, Verdict.OK, f"{name} is reachable.")


def _lines(subject: str, findings: Iterable[Finding]) -> Iterator[Line]:
    found = list(findings)
    if not found:
        yield Line(subject, Verdict.OK, _WELL[subject])
    for one in found:
        verdict = Verdict.BROKEN if one.is_urgent else Verdict.LOOK
        yield Line(subject, verdict, one.text, one.advice)


def _pg_dump() -> Iterator[Finding]:
    chosen = settings()
    if chosen.is_sqlite or not chosen.backup_at:
        return
    # Here, since whoever stays with SQLite need not load the driver.
    from todoapp.services import backup_postgresql  # noqa: PLC0415

    try:
        backup_postgresql.demand_program(chosen.url)
    except Conflict as error:
        yield Finding("A worker here cannot make the nightly backup.", error.detail)


def _redis() -> Iterator[Finding]:
    redis = shared_redis()
    try:
        if redis:
            redis.ask(lambda client: client.ping())
    except Away:
        yield Finding(
            "Redis does not answer: each worker counts requests for itself.",
            "See that it runs and that TODOAPP_REDIS_URL leads to it.",
        )
