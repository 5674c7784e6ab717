"""`make growth`: the same calls at 10,000 and at 1,000,000 todos.

    make growth ARGS="--keep /var/tmp/growth --engine sqlite --only sort="

docs/performance.md says what is measured and why; a full run writes its figures there.
"""

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.load.bench import DOCUMENT, ENGINES
from tests.load.growth_calls import QUESTIONS, Question
from tests.load.growth_data import LISTS, USERS
from tests.load.growth_measuring import Pair, measure
from tests.load.report import put_between_markers, spread
from todoapp.clock import utcnow

#: How much longer a call may take with a hundred times as many todos.
GOAL = 1.2
_HEAD = ("call", "rows", "ms", "÷", "server CPU µs", "÷")


def main() -> None:
    """Measure, print, and write down."""
    options = _options()
    sizes = (options.small, options.large)
    figures = [_circumstances(options)]
    print(figures[0], flush=True)
    with ExitStack() as stack:
        folder = options.keep or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="todoapp-growth-")
        )
        for engine in [options.engine] if options.engine else ENGINES:
            figures.append(
                f"### {ENGINES[engine]}\n\n{_table(engine, Path(folder), sizes, options)}"
            )
    if not (options.engine or options.only):
        _write(figures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make growth", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each call, default: 0.5")
    parser.add_argument("--engine", choices=ENGINES, help="default: both, one after the other")
    parser.add_argument("--only", default="", help="the calls with this in their path")
    parser.add_argument("--keep", help="the folder of the databases, default: a temporary one")
    parser.add_argument("--small", type=int, default=10_000, help="default: 10000")
    parser.add_argument("--large", type=int, default=1_000_000, help="default: 1000000")
    return parser.parse_args()


def _circumstances(options: argparse.Namespace) -> str:
    return (
        f"{utcnow():%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores; "
        f"{options.small:,} and {options.large:,} todos of {USERS} people in {LISTS:,} lists; "
        f"{options.rounds} rounds of {options.seconds:g} s for each call."
    )


def _table(engine: str, folder: Path, sizes: tuple[int, int], options: argparse.Namespace) -> str:
    wanted = [
        question for question in QUESTIONS if options.only in (question.name or question.path)
    ]
    lines = [_line(_HEAD), _line(("---",) * len(_HEAD))]
    print(f"\n### {ENGINES[engine]}\n\n" + "\n".join(lines), flush=True)
    measured = measure(
        engine, folder, sizes, wanted, rounds=options.rounds, seconds=options.seconds
    )
    for question, pair in measured:
        lines.append(_line(_row(question, pair)))
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _row(question: Question, pair: Pair) -> tuple[str, ...]:
    small, large = pair
    times = _ratios(small.ms, large.ms)
    mark = " **!**" if median(times) > GOAL else ""
    method = "POST" if question.adds else "GET"
    return (
        f"`{method} /{question.name or question.path}`{', deep' if question.deep else ''}",
        f"{small.rows} → {large.rows}",
        f"{median(small.ms):.2f} → {median(large.ms):.2f}",
        spread(times, "{:.2f}") + mark,
        f"{median(small.cpu_us):.0f} → {median(large.cpu_us):.0f}",
        f"{median(_ratios(small.cpu_us, large.cpu_us)):.2f}",
    )


def _ratios(small: list[float], large: list[float]) -> list[float]:
    return [many / few for few, many in zip(small, large, strict=True)]


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _write(figures: list[str]) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    renewed = put_between_markers(document, "\n\n".join(figures), "growth")
    DOCUMENT.write_text(renewed, encoding="utf-8")
    print("\nWritten to docs/performance.md.")


if __name__ == "__main__":
    main()
