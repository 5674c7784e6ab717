"""What a long run says: minute by minute, and by kind of request."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import NamedTuple

from tests.load.report import Figures, markdown

#: How much the memory of the workers, and p99, may grow from the first half to the second.
MEMORY_GOAL, P99_GOAL = 1.05, 1.5
_MIB = 1 << 20
_KINDS = {"read": "reads", "write": "writes", "page": "pages", "form": "pages"}


class Note(NamedTuple):
    """One request: when it ended, what it was, how long it took, and what was wrong with it."""

    at: float
    name: str
    ms: float
    wrong: str


class Sample(NamedTuple):
    """One moment: the workers' memory, in bytes, and the CPU time that they and PostgreSQL had."""

    at: float
    memory: int
    cpu_us: float
    postgresql_us: float


@dataclass(frozen=True)
class Minute:
    """One minute of the run."""

    notes: list[Note]
    seconds: float
    #: The most that the workers took.
    memory: int
    cpu_us: float
    postgresql_us: float

    @property
    def p99(self) -> float:
        """The time within which 99 of 100 were answered, in milliseconds."""
        return percentile(self.notes, 99)


def read(lines: Iterable[str]) -> list[Note]:
    """Return what the clients have noted."""
    return [Note(*json.loads(line)) for line in lines]


def percentile(notes: Sequence[Note], percent: int) -> float:
    """Return the time within which so many of 100 were answered, in milliseconds."""
    times = [note.ms for note in notes]
    return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]


def minutes(notes: Sequence[Note], samples: Sequence[Sample], length: float = 60.0) -> list[Minute]:
    """Return the run, cut at a sample every `length` seconds; the rest is left out."""
    found, begin = [], samples[0]
    for sample in samples:
        if sample.at < samples[0].at + (len(found) + 1) * length:
            continue
        within = [note for note in notes if begin.at <= note.at < sample.at]
        most = max(one.memory for one in samples if begin.at <= one.at <= sample.at)
        worked = (sample.cpu_us - begin.cpu_us, sample.postgresql_us - begin.postgresql_us)
        found.append(Minute(within, sample.at - begin.at, most, *worked))
        begin = sample
    return found


def figures(run: Sequence[Minute]) -> Figures:
    """Return the tables of a run, and what was not as it should be."""
    text = f"{_by_minute(run)}\n\n{_by_kind([note for minute in run for note in minute.notes])}"
    return Figures(text, _missed(run))


def _by_minute(run: Sequence[Minute]) -> str:
    head = (
        *("minute", "requests/s", "p50 ms", "p99 ms", "errors"),
        *("processors", "PostgreSQL's", "memory MiB"),
    )
    rows = [
        [
            str(number),
            f"{len(minute.notes) / minute.seconds:,.0f}",
            f"{percentile(minute.notes, 50):.1f}",
            f"{minute.p99:.1f}",
            str(sum(bool(note.wrong) for note in minute.notes)),
            f"{minute.cpu_us / 1e6 / minute.seconds:.2f}",
            f"{minute.postgresql_us / 1e6 / minute.seconds:.2f}",
            f"{minute.memory / _MIB:.0f}",
        ]
        for number, minute in enumerate(run, 1)
    ]
    return markdown(head, rows)


def _by_kind(notes: Sequence[Note]) -> str:
    kinds: Mapping[str, list[Note]] = {kind: [] for kind in _KINDS.values()}
    for note in notes:
        kinds[_KINDS[note.name.partition(":")[0]]].append(note)
    rows = [
        [
            kind,
            f"{len(theirs) / len(notes):.0%}",
            f"{percentile(theirs, 50):.1f}",
            f"{percentile(theirs, 99):.1f}",
        ]
        for kind, theirs in kinds.items()
        if theirs
    ]
    return markdown(("kind", "share", "p50 ms", "p99 ms"), rows)


def _missed(run: Sequence[Minute]) -> list[str]:
    wrong = [note for minute in run for note in minute.notes if note.wrong]
    sentences = [f"{len(wrong)} errors, first {wrong[0].name}: {wrong[0].wrong}"] if wrong else []
    half = len(run) // 2
    if not half:
        return sentences
    early, late = run[:half], run[-half:]
    memory = max(one.memory for one in late) / max(one.memory for one in early)
    p99 = median(one.p99 for one in late) / median(one.p99 for one in early)
    if memory > MEMORY_GOAL:
        sentences.append(f"Memory grew {memory:.2f} times, not {MEMORY_GOAL:g}.")
    if p99 > P99_GOAL:
        sentences.append(f"p99 grew {p99:.2f} times, not {P99_GOAL:g}.")
    return sentences
