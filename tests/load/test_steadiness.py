"""What is made of a long run; the run itself is nobody's promise in a test."""

import json

import pytest

from tests.load.steadiness import Minute, Note, Sample, figures, minutes, read

MIB = 1 << 20


def minute(*, ms: float = 10, wrong: str = "", memory: int = 100 * MIB) -> Minute:
    notes = [Note(0, "read: one", ms, "") for _ in range(99)] + [Note(0, "form: add", ms, wrong)]
    return Minute(notes, seconds=50, memory=memory, cpu_us=25e6, postgresql_us=10e6)


def test_what_the_clients_noted_is_read() -> None:
    assert read([json.dumps([1.5, "read: one", 7.0, ""])]) == [Note(1.5, "read: one", 7.0, "")]


def test_a_run_is_cut_into_minutes_and_what_is_no_whole_one_is_left_out() -> None:
    samples = [Sample(at, 100 + at, at * 1e6, at * 1e5) for at in range(10, 140, 10)]
    notes = [Note(at, "read: one", 1, "") for at in (5, 10, 69, 70, 129, 130, 135)]
    one, two = minutes(notes, samples)
    assert [note.at for note in one.notes] == [10, 69]
    assert [note.at for note in two.notes] == [70, 129]
    assert (one.seconds, one.memory) == (60, 170)
    assert (one.cpu_us, one.postgresql_us) == (60e6, 6e6)


def test_a_steady_run_misses_nothing() -> None:
    run = [minute(), minute(ms=14), minute(memory=104 * MIB)]
    found = figures(run)
    assert found.missed == []
    assert "| 2 | 2 | 14.0 | 14.0 | 0 | 0.50 | 0.20 | 100 |" in found.text
    assert "| reads | 99% | 10.0 | 14.0 |" in found.text
    assert "| pages | 1% | 10.0 | 13.9 |" in found.text


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (minute(wrong="500 "), "1 errors, first form: add: 500 "),
        (minute(memory=106 * MIB), "Memory grew 1.06 times, not 1.05."),
        (minute(ms=16), "p99 grew 1.60 times, not 1.5."),
    ],
)
def test_what_is_not_steady_is_told(last: Minute, sentence: str) -> None:
    assert figures([minute(), last]).missed == [sentence]
