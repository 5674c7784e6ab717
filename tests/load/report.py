"""What the samples say: ratios beside their goals, as Markdown.

A ratio is taken within each round, between neighbours in time, and then the median of the rounds:
what else the machine does meanwhile slows both sides alike.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.load.calls import BASELINE, SERVICE, Sample, Samples
from tests.load.goals import MEMORY_GOAL, START_GOAL, Goal
from todoapp.settings import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
#: By peer, then by call.
PeerGoals = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Figures:
    """What was measured, and a sentence for each goal that it misses."""

    text: str
    missed: list[str]


_MIB = 1 << 20
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
_PEER_HEAD = (
    "call",
    "peer",
    "its requests/s",
    "todoapp ÷ it",
    "goal",
    "server CPU µs",
    "p50 ms",
    "p99 ms",
    "errors",
)
_OTHER_HEAD = ("what", "measured", "goal")


def service_figures(samples: Samples, goals: Mapping[str, Goal]) -> Figures:
    """Return how the service does beside the empty route."""
    return Figures(table(samples, goals), missed(samples, goals))


def table(samples: Samples, goals: Mapping[str, Goal]) -> str:
    """Return the table of one engine: the median of the rounds, and from where to where."""
    return markdown(_HEAD, [_row(name, samples, goals.get(name, Goal())) for name in samples])


def _row(name: str, samples: Samples, goal: Goal) -> Sequence[str]:
    mine = samples[name]
    rate, cpu, p50, p99, errors = _seen(mine)
    ratio = spread(ratios(mine, samples[BASELINE]), "{:.2f}")
    limit = _goal(goal.p99_ms, "≤")
    return [name, rate, ratio, _goal(goal.ratio, "≥"), cpu, p50, p99, limit, errors]


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


def peer_figures(samples: Mapping[str, Samples], goals: PeerGoals) -> Figures:
    """Return how many times as fast as each peer the service is."""
    rows, sentences = [], []
    for call, ours in samples[SERVICE].items():
        for peer in goals if call != BASELINE else ():
            theirs, goal = samples[peer][call], goals[peer][call]
            rate, *others = _seen(theirs)
            times = ratios(ours, theirs)
            rows.append([call, peer, rate, spread(times, "{:.1f}"), _goal(goal, "≥"), *others])
            if median(times) < goal:
                sentences.append(f"{call}: {median(times):.2f} times {peer}, not {goal:g}.")
    return Figures(markdown(_PEER_HEAD, rows), sentences)


def memory_figures(few: int, many: int, requests: int) -> Figures:
    """Return what the memory of the workers has grown to, from `few` bytes to `many`."""
    grown = many / few
    what = f"memory of the workers after {requests:,} requests ÷ after 1,000"
    measured = f"{grown:.2f} ({few / _MIB:.0f} → {many / _MIB:.0f} MiB)"
    text = markdown(_OTHER_HEAD, [[what, measured, _goal(MEMORY_GOAL, "≤")]])
    return Figures(text, [f"Memory: {grown:.2f} times."] if grown > MEMORY_GOAL else [])


def start_figures(seconds: Sequence[float]) -> Figures:
    """Return how long `import wsgi` takes."""
    what = "cold start: seconds of `import wsgi`, which builds the application, in a new process"
    measured, middle = spread(seconds, "{:.2f}"), median(seconds)
    text = markdown(_OTHER_HEAD, [[what, measured, _goal(START_GOAL, "≤")]])
    return Figures(text, [f"Cold start: {middle:.2f} s."] if middle > START_GOAL else [])


def _seen(samples: Sequence[Sample]) -> tuple[str, str, str, str, str]:
    """Return the requests per second, the server's CPU, both percentiles, and the errors."""
    runs = [sample.run for sample in samples]
    return (
        spread([run.rate for run in runs], "{:,.0f}"),
        spread([sample.cpu_us_per_request for sample in samples], "{:.0f}"),
        spread([run.p50_ms for run in runs], "{:.1f}"),
        spread([run.p99_ms for run in runs], "{:.1f}"),
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


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def put_between_markers(document: str, figures: str, name: str = "figures") -> str:
    """Return `document` with what stands between the two markers of that name replaced."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    pattern = re.compile(f"(?<={begin}).*(?={end})", re.DOTALL)
    if not pattern.search(document):
        raise ValueError(f"the document has no {begin} … {end}")
    replacement: Callable[[re.Match[str]], str] = lambda _found: f"\n\n{figures}\n\n"  # noqa: E731
    return pattern.sub(replacement, document)
