"""What the samples say: ratios beside their goals, as a Markdown table.

A ratio is taken within each round, between neighbours in time, and then the median of the rounds:
what else the machine does meanwhile slows both sides alike.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.load.calls import Sample

BASELINE = "an empty route"
ONE, PAGE, POST = "GET one todo", "GET a page of 50", "POST a todo"

#: The samples of each call, by its name, one for each round.
Samples = Mapping[str, Sequence[Sample]]


@dataclass(frozen=True)
class Goal:
    """What a call should reach."""

    #: Requests per second, as a part of the empty route's.
    ratio: float | None = None
    p99_ms: float | None = None
    errors: int = 0


#: By engine, then by call.
GOALS: dict[str, dict[str, Goal]] = {
    "sqlite": {ONE: Goal(ratio=0.45), PAGE: Goal(ratio=0.28), POST: Goal(p99_ms=60)},
    "postgresql": {ONE: Goal(ratio=0.25), PAGE: Goal(ratio=0.15), POST: Goal(p99_ms=40)},
}

_HEAD = (
    "call",
    "requests/s",
    "÷ the empty route",
    "goal",
    "server CPU µs",
    "p50 ms",
    "p99 ms",
    "goal",
    "errors",
)


def table(samples: Samples, goals: Mapping[str, Goal]) -> str:
    """Return the table of one engine: the median of the rounds, and from where to where."""
    rows = [_HEAD, ("---",) * len(_HEAD)]
    rows += [_row(name, samples, goals.get(name, Goal())) for name in samples]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(name: str, samples: Samples, goal: Goal) -> tuple[str, ...]:
    mine = samples[name]
    runs = [sample.run for sample in mine]
    return (
        name,
        spread([run.rate for run in runs], "{:,.0f}"),
        spread(ratios(mine, samples[BASELINE]), "{:.2f}"),
        _goal(goal.ratio, "≥"),
        spread([sample.cpu_us_per_request for sample in mine], "{:.0f}"),
        spread([run.p50_ms for run in runs], "{:.1f}"),
        spread([run.p99_ms for run in runs], "{:.1f}"),
        _goal(goal.p99_ms, "≤"),
        str(sum(run.errors for run in runs)),
    )


def ratios(mine: Sequence[Sample], baseline: Sequence[Sample]) -> list[float]:
    """Return the requests per second of each round, as a part of the same round's baseline."""
    return [a.run.rate / b.run.rate for a, b in zip(mine, baseline, strict=True)]


def spread(values: Sequence[float], shape: str) -> str:
    """Return the median and, when they differ, the least and the greatest of `values`."""
    low, high = shape.format(min(values)), shape.format(max(values))
    middle = shape.format(median(values))
    return middle if low == high else f"{middle} ({low}–{high})"


def _goal(bound: float | None, sign: str) -> str:
    return "" if bound is None else f"{sign} {bound:g}"


def missed(samples: Samples, goals: Mapping[str, Goal]) -> list[str]:
    """Return a sentence for each goal that the medians do not reach."""
    sentences = []
    for name, goal in goals.items():
        ratio = median(ratios(samples[name], samples[BASELINE]))
        p99 = median(sample.run.p99_ms for sample in samples[name])
        errors = sum(sample.run.errors for sample in samples[name])
        if goal.ratio is not None and ratio < goal.ratio:
            sentences.append(f"{name}: {ratio:.2f} of the empty route, not {goal.ratio:g}.")
        if goal.p99_ms is not None and p99 > goal.p99_ms:
            sentences.append(f"{name}: p99 is {p99:.0f} ms, not {goal.p99_ms:g}.")
        if errors > goal.errors:
            sentences.append(f"{name}: {errors} errors.")
    return sentences


def put_between_markers(document: str, figures: str, name: str = "figures") -> str:
    """Return `document` with what stands between the two markers of that name replaced."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    pattern = re.compile(f"(?<={begin}).*(?={end})", re.DOTALL)
    if not pattern.search(document):
        raise ValueError(f"the document has no {begin} … {end}")
    replacement: Callable[[re.Match[str]], str] = lambda _found: f"\n\n{figures}\n\n"  # noqa: E731
    return pattern.sub(replacement, document)
