"""The bars of two numbers a day, as SVG draws them.

Across, all is in per cent of the width, so that the chart fits any page while its text keeps its
size; down, in pixels.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Flask

from todoapp.admin.times import day

#: What is counted: the key in each day, and the word for it.
Names = tuple[str, str]

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

    bars: tuple[Bar, Bar]
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


def chart(per_day: Sequence[Mapping[str, Any]], names: Names) -> Chart:
    """Return the chart of two numbers of each day, by their names, the oldest day first."""
    counts = [(number(one[names[0]]), number(one[names[1]])) for one in per_day]
    most = max(map(max, counts), default=0)
    step = _step(most)
    lines = max(1, -(-most // step))
    wide = (100 - _START) / max(1, len(per_day))
    scale = (_BOTTOM - _TOP) / (lines * step)
    return Chart(
        [
            Day(_bars(place, both, wide, scale), f"{day(one['date'])}: {_told(names, both)}")
            for place, (one, both) in enumerate(zip(per_day, counts, strict=True))
        ],
        [Label(_BOTTOM - line * step * scale, _short(line * step)) for line in range(lines + 1)],
        # Counted from today, which always has its label.
        [
            Label(round(_START + (place + 0.5) * wide, 2), day(one["date"]))
            for place, one in enumerate(per_day)
            if (len(per_day) - 1 - place) % _LABEL_EVERY == 0
        ],
        round(wide * 0.38, 2),
        f"In {len(per_day)} days: {_told(names, map(sum, zip(*counts, strict=True)))}.",
    )


def number(value: Any) -> int:
    """Return a number, which may have come with the query that leads to what it counts."""
    return int(value["count"] if isinstance(value, Mapping) else value)


def _step(most: int) -> int:
    """Return the distance of the lines: 1, 2 or 5 of some size, so that a few reach `most`."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * _LINES_MAX >= most:
                return step
        size *= 10


def _bars(place: int, counts: tuple[int, int], wide: float, scale: float) -> tuple[Bar, Bar]:
    x = _START + place * wide
    return _bar(x + wide * 0.1, counts[0] * scale), _bar(x + wide * 0.52, counts[1] * scale)


def _bar(x: float, height: float) -> Bar:
    shown = round(max(height, _LEAST) if height else 0, 1)
    return Bar(round(x, 2), round(_BOTTOM - shown, 1), shown)


def _short(number: int) -> str:
    if number >= 1_000_000:
        return f"{number / 1_000_000:g}M"
    return f"{number / 1000:g}k" if number >= 1000 else str(number)


def _told(names: Names, counts: Iterable[int]) -> str:
    """Return in words what two bars show."""
    return ", ".join(f"{count:,} {name}" for name, count in zip(names, counts, strict=True))
