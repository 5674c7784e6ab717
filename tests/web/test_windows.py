"""Counting in windows of time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from todoapp.web import windows
from todoapp.web.windows import Windows


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    stopped = Clock()
    monkeypatch.setattr(windows, "monotonic", stopped)
    return stopped


def test_a_window_begins_with_the_first_request_and_ends_by_itself(clock: Clock) -> None:
    counts = Windows(60)
    assert counts.count("ada") == (1, 60)
    clock.now += 59
    assert counts.count("ada") == (2, 1)
    clock.now += 1
    assert counts.count("ada") == (1, 60)


def test_callers_are_counted_apart(clock: Clock) -> None:
    counts = Windows(60)
    assert [counts.count(who)[0] for who in ("ada", "bob", "ada")] == [1, 1, 2]


def test_windows_that_have_ended_are_forgotten(clock: Clock) -> None:
    counts = Windows(60)
    for n in range(100):
        counts.count(f"old {n}")
    clock.now += 60
    for n in range(100):
        counts.count(f"new {n}")
    assert len(counts) == 100


def test_memory_does_not_grow_without_bound(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses call at the same time."""
    monkeypatch.setattr(windows, "CALLERS_MAX", 100)
    counts = Windows(60)
    for n in range(1000):
        clock.now += 0.001
        assert counts.count(f"address {n}")[0] == 1
    assert len(counts) == 100
    assert counts.count("address 999")[0] == 2


def test_no_request_is_lost_among_threads() -> None:
    counts = Windows(60)
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: counts.count("ada")[0], range(4000)))
    assert sorted(seen) == list(range(1, 4001))
