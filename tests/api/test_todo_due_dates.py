"""`due_date`: a day, wherever one is, or an instant."""

from typing import Any

import pytest

from tests.support.api import Api, wrong


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-11-22", "2026-11-22"),
        ("2028-02-29", "2028-02-29"),
        ("1900-01-01", "1900-01-01"),
        ("9998-12-31", "9998-12-31"),
        ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"),
        ("2026-11-22t09:00:00z", "2026-11-22T09:00:00Z"),
        ("2026-11-22T00:30:00+02:00", "2026-11-21T22:30:00Z"),
        ("2026-11-22T23:30:00-05:30", "2026-11-23T05:00:00Z"),
        ("2026-11-22T09:00:00.25Z", "2026-11-22T09:00:00.250000Z"),
        ("2026-11-22T09:00:00.123456789Z", "2026-11-22T09:00:00.123456Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"),
        ("9998-12-31T23:59:59Z", "9998-12-31T23:59:59Z"),
        (None, None),
    ],
)
def test_both_kinds_come_back_as_they_are(alice: Api, sent: Any, kept: Any) -> None:
    todo = alice.todo(due_date=sent)
    assert todo["due_date"] == kept
    assert alice.get(f"todos/{todo['id']}").get_json()["due_date"] == kept


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("2026-11-22T09:00:00", "instant"),
        ("2026-11-22T09:00Z", "instant"),
        ("2026-02-30", "instant"),
        ("2026-02-30T09:00:00Z", "instant"),
        ("2026-11-22T25:00:00Z", "instant"),
        ("2026-11-22T09:00:00+25:00", "instant"),
        ("22.11.2026", "instant"),
        ("20261122", "instant"),
        ("٢٠٢٦-١١-٢٢", "instant"),
        ("tomorrow", "instant"),
        ("", "instant"),
        ("1899-12-31", "range"),
        ("9999-01-01", "range"),
        ("0001-01-01", "range"),
        ("1900-01-01T00:00:00+01:00", "range"),
        ("9998-12-31T23:59:59-01:00", "range"),
        ("0001-01-01T00:00:00+01:00", "range"),
        ("9999-12-31T23:59:59-01:00", "range"),
        (20261122, "type"),
        (True, "type"),
        ([], "type"),
    ],
)
def test_it_refuses_what_is_neither(alice: Api, sent: Any, code: str) -> None:
    todo = alice.todo()
    assert wrong(alice.post("todos", {"title": "x", "due_date": sent})) == {"/due_date": code}
    assert wrong(alice.patch(f"todos/{todo['id']}", {"due_date": sent})) == {"/due_date": code}


def test_one_kind_takes_the_place_of_the_other(alice: Api) -> None:
    todo = alice.todo(due_date="2026-11-22")
    path = f"todos/{todo['id']}"
    for due in ("2026-11-22T00:00:00Z", "2026-11-22", None, "2030-01-01T12:00:00Z"):
        changed = alice.patch(path, {"due_date": due}).get_json()
        assert changed["due_date"] == due
    assert changed["version"] == 5


def test_the_same_instant_written_otherwise_is_no_change(alice: Api) -> None:
    todo = alice.todo(due_date="2026-11-22T09:00:00Z")
    same = alice.patch(f"todos/{todo['id']}", {"due_date": "2026-11-22T10:00:00+01:00"})
    assert same.get_json() == todo
