"""The bars of two numbers a day, as SVG draws them.

Across, all is in per cent of the width, so that the chart fits any page while its text keeps its
size; down, in pixels.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Flask

from todoapp.admin.times import day

HEIGHT = 190
_TOP, _BOTTOM = 14, 162
#: Where the first bar begins; the numbers of the lines stand before it.
_START = 7.0
_LINES_MAX = 4
_LABEL_EVERY = 7
#: A day with anything at all is to be seen.
_LEAST = 2


class Bar(NamedTuple):
    """A bar; of no height for nothing."""

    x: float
    y: float
    height: float


class Day(NamedTuple):
    """Both bars of a day, and what they say."""

    made: Bar
    done: Bar
    told: str


class Label(NamedTuple):
    """Words at a place."""

    at: float
    text: str


class Chart(NamedTuple):
    """All that is drawn, and what it shows in words."""

    days: list[Day]
    lines: list[Label]
    dates: list[Label]
    bar_width: float
    told: str
    start: float = _START
    height: int = HEIGHT
    bottom: int = _BOTTOM


def install(app: Flask) -> None:
    """Give templates the filter."""
    app.add_template_filter(chart, "chart")


def chart(per_day: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the chart of `per_day` (services.dashboard), the oldest day first."""
    most = max((max(_made(one), _done(one)) for one in per_day), default=0)
    step = _step(most)
    lines = max(1, -(-most // step))
    wide = (100 - _START) / max(1, len(per_day))
    scale = (_BOTTOM - _TOP) / (lines * step)
    return Chart(
        [_day(one, _START + number * wide, wide, scale) for number, one in enumerate(per_day)],
        [Label(_BOTTOM - line * step * scale, _short(line * step)) for line in range(lines + 1)],
        # Counted from today, which always has its label.
        [
            Label(round(_START + (number + 0.5) * wide, 2), day(one["date"]))
            for number, one in enumerate(per_day)
            if (len(per_day) - 1 - number) % _LABEL_EVERY == 0
        ],
        round(wide * 0.38, 2),
        _told(per_day),
    )


def _made(one: Mapping[str, Any]) -> int:
    return int(one["created"]["count"])


def _done(one: Mapping[str, Any]) -> int:
    return int(one["completed"]["count"])


def _step(most: int) -> int:
    """Return the distance of the lines: 1, 2 or 5 of some size, so that a few reach `most`."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * _LINES_MAX >= most:
                return step
        size *= 10


def _day(one: Mapping[str, Any], x: float, wide: float, scale: float) -> Day:
    made = _bar(x + wide * 0.1, _made(one) * scale)
    done = _bar(x + wide * 0.52, _done(one) * scale)
    told = f"{day(one['date'])}: {_made(one)} created, {_done(one)} completed"
    return Day(made, done, told)


def _bar(x: float, height: float) -> Bar:
    shown = round(max(height, _LEAST) if height else 0, 1)
    return Bar(round(x, 2), round(_BOTTOM - shown, 1), shown)


def _short(number: int) -> str:
    if number >= 1_000_000:
        return f"{number / 1_000_000:g}M"
    return f"{number / 1000:g}k" if number >= 1000 else str(number)


def _told(per_day: Sequence[Mapping[str, Any]]) -> str:
    """Return in a sentence what the bars show."""
    created = sum(map(_made, per_day))
    completed = sum(map(_done, per_day))
    return f"In {len(per_day)} days: {created:,} created, {completed:,} completed."
