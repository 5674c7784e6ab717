"""What is found wrong with an installation, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from todoapp.services.database_state import Server
from todoapp.services.system import State
from todoapp.services.system_findings import LITTLE_SPACE, findings

NOW = datetime(2026, 6, 16, 17, tzinfo=UTC)
SERVER = Server("SQLite", "3.40.1", 10**6, 10**11, 0.4)
WELL = State("1", "3.11", {}, SERVER, "0016", "0016", (), (), ())


def failed(**ago: int) -> Any:
    return SimpleNamespace(at=NOW - timedelta(**ago))


def test_nothing_is_found_where_all_is_well() -> None:
    elsewhere = replace(WELL, server=replace(SERVER, free=None), failures=(failed(hours=25),))
    assert findings(WELL, now=NOW) == []
    assert findings(elsewhere, now=NOW) == []


@pytest.mark.parametrize(
    ("state", "text", "is_urgent"),
    [
        (replace(WELL, revision="0015"), "The database is at revision 0015", True),
        (replace(WELL, revision=None), "The database is at revision none", True),
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
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(state: State, text: str, is_urgent: bool) -> None:
    [finding] = findings(state, now=NOW)
    assert text in finding.text
    assert finding.is_urgent == is_urgent
    assert finding.advice


def test_the_urgent_comes_first() -> None:
    both = replace(WELL, revision="1", server=replace(SERVER, free=LITTLE_SPACE - 1))
    behind = replace(both, failures=(failed(hours=1),))
    assert [finding.is_urgent for finding in findings(behind, now=NOW)] == [True, False, False]
