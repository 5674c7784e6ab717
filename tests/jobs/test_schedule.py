"""In which period a moment lies."""

from datetime import UTC, datetime, time

import pytest

from todoapp.jobs.schedule import Schedule, daily, hourly, slot


@pytest.mark.parametrize(
    ("schedule", "at", "begins"),
    [
        (hourly, "2026-06-16T17:00:00", "2026-06-16T17:00Z"),
        (hourly, "2026-06-16T17:59:59.999", "2026-06-16T17:00Z"),
        (daily(time(3)), "2026-06-16T03:00:00", "2026-06-16T03:00Z"),
        (daily(time(3)), "2026-06-17T02:59:59", "2026-06-16T03:00Z"),
        (daily(time(23, 30)), "2027-01-01T00:00:00", "2026-12-31T23:30Z"),
    ],
)
def test_the_period_begins(schedule: Schedule, at: str, begins: str) -> None:
    beginning = schedule(datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert beginning is not None
    assert slot(beginning) == begins
