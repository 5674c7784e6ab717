"""How what is due stands, seen from a moment."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from todoapp.services import moments

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 28, 9, 30, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("due", "stands"),
    [
        (date(2026, 11, 27), "overdue"),
        (date(2026, 11, 28), "today"),
        (date(2026, 11, 29), ""),
        (datetime(2026, 11, 27, 23, 59, tzinfo=TOKYO), "overdue"),
        (datetime(2026, 11, 28, 9, 29, tzinfo=TOKYO), "overdue"),
        (datetime(2026, 11, 28, 9, 31, tzinfo=TOKYO), "today"),
        (datetime(2026, 11, 29, 0, 0, tzinfo=TOKYO), ""),
    ],
)
def test_a_day_is_late_when_it_is_over_and_an_instant_when_it_has_passed(
    due: date | datetime, stands: str
) -> None:
    assert moments.standing(due, NOW) == stands
