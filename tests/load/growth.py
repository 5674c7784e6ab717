"""`make growth`: the same calls at 10,000, at 100,000 and at 1,000,000 todos.

    make growth ARGS="--keep /var/tmp/growth --engine sqlite --only sort="

docs/performance.md says what is measured and why; a full run writes its figures there.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.load.bench import DOCUMENT, ENGINES
from tests.load.growth_calls import QUESTIONS, Question
from tests.load.growth_data import LISTS, USERS
from tests.load.growth_measuring import Answers, measure
from tests.load.report import put_between_markers
from todoapp.clock import utcnow

SIZES = (10_000, 100_000, 1_000_000)
#: How much longer a call may take with a hundred times as many todos.
GOAL = 1.2


def main() -> None:
    """Measure, print, and write down."""
    options = _options()
    figures = [_circumstances(options)]
    print(figures[0], flush=True)
    with ExitStack() as stack:
        folder = options.keep or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="todoapp-growth-")
        )
        for engine in [options.engine] if options.engine else ENGINES:
            figures.append(f"### {ENGINES[engine]}\n\n{_table(engine, Path(folder), options)}")
    if not (options.engine or options.only):
        _write(figures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make growth", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each call, default: 0.5")
    parser.add_argument("--engine", choices=ENGINES, help="default: both, one after the other")
    parser.add_argument("--only", default="", help="the calls with this in their path")
    parser.add_argument("--keep", help="the folder of the databases, default: a temporary one")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, help="todos, the fewest first"
    )
    return parser.parse_args()


def _circumstances(options: argparse.Namespace) -> str:
    return (
        f"{utcnow():%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores; "
        f"{', '.join(f'{size:,}' for size in options.sizes)} todos of {USERS} people in "
        f"{LISTS:,} lists; {options.rounds} rounds of {options.seconds:g} s for each call."
    )


def _table(engine: str, folder: Path, options: argparse.Namespace) -> str:
    wanted = [
        question for question in QUESTIONS if options.only in (question.name or question.path)
    ]
    smaller = [f"÷ {size:,}" for size in options.sizes[:-1]]
    head = ("call", "rows", "ms", *smaller, "server CPU µs", *smaller)
    lines = [_line(head), _line(["---"] * len(head))]
    print(f"\n### {ENGINES[engine]}\n\n" + "\n".join(lines), flush=True)
    measured = measure(
        engine, folder, options.sizes, wanted, rounds=options.rounds, seconds=options.seconds
    )
    for question, answers in measured:
        lines.append(_line(_row(question, answers)))
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _row(question: Question, answers: Sequence[Answers]) -> Sequence[str]:
    method = "POST" if question.adds else "GET"
    return (
        f"`{method} /{question.name or question.path}`{', deep' if question.deep else ''}",
        " → ".join(str(one.rows) for one in answers),
        " → ".join(f"{median(one.ms):.2f}" for one in answers),
        *(_ratio(answers[-1].ms, few.ms) for few in answers[:-1]),
        " → ".join(f"{median(one.cpu_us):.0f}" for one in answers),
        *(_ratio(answers[-1].cpu_us, few.cpu_us) for few in answers[:-1]),
    )


def _ratio(of_many: Sequence[float], of_few: Sequence[float]) -> str:
    ratios = [many / few for many, few in zip(of_many, of_few, strict=True)]
    return f"{median(ratios):.2f}{' **!**' if median(ratios) > GOAL else ''}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _write(figures: list[str]) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    renewed = put_between_markers(document, "\n\n".join(figures), "growth")
    DOCUMENT.write_text(renewed, encoding="utf-8")
    print("\nWritten to docs/performance.md.")


if __name__ == "__main__":
    main()
