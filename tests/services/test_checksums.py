"""Checksums: the same for the same rows in any order, and for no others."""

from collections.abc import Callable
from typing import Any

import pytest

from todoapp.services.checksums import Checksum, differences, of, written

ROWS: list[tuple[Any, ...]] = [(1, "a", 0.1), (2, "b", None), (2, "b", None)]


def checksum(rows: list[tuple[Any, ...]]) -> Checksum:
    return of(map(written, rows))


def test_the_order_is_no_matter() -> None:
    assert checksum(ROWS) == checksum(ROWS[::-1])
    assert checksum(ROWS).rows == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[:-1],
        lambda rows: [*rows, rows[0]],
        lambda rows: [*rows[:2], (2, "b", "None")],
        lambda rows: [*rows[:2], ("2", "b", None)],
        lambda rows: [(1, "a", 0.1000000000000001), *rows[1:]],
        lambda rows: [(1, "b", 0.1), (2, "a", None), rows[2]],
        lambda rows: [*rows[:2], (2, b"b", None)],
    ],
)
def test_whatever_else_is_there_is_noticed(change: Callable[[Any], Any]) -> None:
    assert checksum(change(ROWS)) != checksum(ROWS)


def test_it_says_in_which_table() -> None:
    one, other, more = Checksum(1, 1), Checksum(1, 2), Checksum(2, 1)
    assert differences({"a": one}, {"a": one}) == []
    assert differences({"a": one, "b": one}, {"a": other, "c": one}) == [
        "a has other values",
        "b is missing in the copy",
        "c is missing in the source",
    ]
    assert differences({"a": one}, {"a": more}) == ["a has 1 rows in the source and 2 in the copy"]
