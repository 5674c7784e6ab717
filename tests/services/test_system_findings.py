"""What is found wrong with an installation, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from todoapp.limits import JobState
from todoapp.services.database_state import Server
from todoapp.services.job_rows import Queue
from todoapp.services.system import State
from todoapp.services.system_findings import LITTLE_SPACE, findings

NOW = datetime(2026, 6, 16, 17, tzinfo=UTC)
SERVER = Server("SQLite", "3.40.1", 10**6, 10**11, 0.4)
NO_JOBS = dict.fromkeys(JobState, 0)
QUEUE = Queue(NO_JOBS, None, NOW - timedelta(hours=1))
WELL = State("1", "3.11", {}, SERVER, "0017", "0017", (), (), (), QUEUE)


def failed(**ago: int) -> Any:
    return SimpleNamespace(at=NOW - timedelta(**ago))


def queue(waits: int = 0, **changed: Any) -> State:
    """Return a state with another queue, in which a job waits for so many minutes."""
    oldest = NOW - timedelta(minutes=waits) if waits else None
    return replace(WELL, queue=replace(QUEUE, oldest_due_at=oldest, **changed))


def test_nothing_is_found_where_all_is_well() -> None:
    elsewhere = replace(WELL, server=replace(SERVER, free=None), failures=(failed(hours=25),))
    assert findings(WELL, now=NOW) == []
    assert findings(elsewhere, now=NOW) == []
    assert findings(queue(waits=4), now=NOW) == []


@pytest.mark.parametrize(
    ("state", "text", "is_urgent"),
    [
        (replace(WELL, revision="0016"), "The database is at revision 0016", True),
        (replace(WELL, revision=None), "The database is at revision none", True),
        (replace(WELL, revision="9999"), "That is an upgrade under way", False),
        (replace(WELL, server=replace(SERVER, free=10**9)), "left beside it: 1,000 MB", False),
        (replace(WELL, server=replace(SERVER, free=10**6)), "left beside it: 1 MB", True),
        (replace(WELL, server=replace(SERVER, clock_ahead=61.2)), "61 seconds ahead of", False),
        (replace(WELL, server=replace(SERVER, clock_ahead=-7200)), "7,200 seconds behind", False),
        (replace(WELL, failures=(failed(hours=1),)), "A request has failed", False),
        (
            replace(WELL, failures=(failed(hours=1), failed(hours=9), failed(days=2))),
            "2 requests have failed",
            False,
        ),
        (queue(waits=90), "A job has waited for 90 minutes", False),
        (queue(last_ended_at=None), "No job has ended in the last 3 hours", False),
        (queue(last_ended_at=NOW - timedelta(hours=4)), "No job has ended in the last", False),
        (queue(counts=NO_JOBS | {JobState.DEAD: 1}), "A job was given up after 10", False),
        (queue(counts=NO_JOBS | {JobState.DEAD: 2}), "2 jobs were given up after 10", False),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(state: State, text: str, is_urgent: bool) -> None:
    [finding] = findings(state, now=NOW)
    assert text in finding.text
    assert finding.is_urgent == is_urgent
    assert finding.advice


def test_the_urgent_comes_first() -> None:
    both = replace(WELL, revision="0001", server=replace(SERVER, free=LITTLE_SPACE - 1))
    behind = replace(both, failures=(failed(hours=1),))
    assert [finding.is_urgent for finding in findings(behind, now=NOW)] == [True, False, False]
