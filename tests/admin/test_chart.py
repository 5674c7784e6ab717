"""The geometry of the bars."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask_login import login_user

from tests.support.api import Api
from todoapp.admin.chart import Chart, chart
from todoapp.admin.visitors import Visitor


def drawn(*days: tuple[int, int]) -> Chart:
    """Return the chart of so many created and completed on each day, the last on 30 May 2031."""
    last = date(2031, 5, 30)
    first = last - timedelta(len(days) - 1)
    per_day = [_day(first + timedelta(number), *day) for number, day in enumerate(days)]
    return chart(per_day, ("created", "completed"))


def _day(day: date, created: int, completed: int) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "created": {"count": created, "query": {}},
        "completed": completed,
    }


@pytest.fixture(autouse=True)
def visit(alice: Api) -> Iterator[None]:
    """Alice looks at a page."""
    assert alice.actor
    with alice.app.test_request_context("/admin/"):
        login_user(Visitor("token", alice.actor))
        yield


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("most", "lines"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (4, ["0", "1", "2", "3", "4"]),
        (5, ["0", "2", "4", "6"]),
        (21, ["0", "10", "20", "30"]),
        (4_001, ["0", "2k", "4k", "6k"]),
        (10_000, ["0", "5k", "10k"]),
        (3_000_000, ["0", "1M", "2M", "3M"]),
    ],
)
def test_round_numbers_reach_the_most(most: int, lines: list[str]) -> None:
    assert [line.text for line in drawn((most, 0), (0, 0)).lines] == lines


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bars_stand_side_by_side_within_the_lines() -> None:
    picture = drawn(*[(number, 1000 - number) for number in range(0, 1000, 40)])
    top = picture.lines[-1].at
    edge = picture.start
    for day in picture.days:
        for bar in day.bars:
            assert bar.x >= edge
            assert top <= bar.y <= bar.y + bar.height <= picture.bottom + 0.1
            edge = round(bar.x + picture.bar_width, 2)
    assert edge <= 100


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_little_is_still_to_be_seen_and_nothing_is_not() -> None:
    picture = drawn((1_000_000, 1), (0, 0))
    assert picture.days[0].bars[1].height == 2
    assert picture.days[1].bars[0].height == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_today_has_its_label_and_every_day_before_it_by_a_week() -> None:
    picture = drawn(*[(1, 1)] * 30)
    assert [label.text for label in picture.dates] == [
        *("2 May 2031", "9 May 2031", "16 May 2031", "23 May 2031", "30 May 2031")
    ]
    assert picture.days[0].told == "1 May 2031: 1 created, 1 completed"
    assert picture.told == "In 30 days: 30 created, 30 completed."
