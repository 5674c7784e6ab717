"""`make bench`: the service against an empty Flask route on the same server.

    make bench ARGS="--engine sqlite --rounds 3 --seconds 4"

docs/performance.md says what is measured and why; a full run writes its figures there.
"""

import argparse
import os
import platform

from tests.load.calls import CONNECTIONS
from tests.load.clients import best_client
from tests.load.measuring import measure
from tests.load.report import GOALS, Samples, missed, put_between_markers, table
from tests.load.seed import LISTS, TODOS
from todoapp.clock import utcnow
from todoapp.settings import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def main() -> None:
    """Measure, print, and write down."""
    options = _options()
    figures = []
    with best_client() as (client_name, client):
        print(_circumstances(client_name, options.rounds, options.seconds), flush=True)
        for engine in [options.engine] if options.engine else ENGINES:
            samples = measure(engine, client, rounds=options.rounds, seconds=options.seconds)
            figures.append(f"### {ENGINES[engine]}\n\n{table(samples, GOALS[engine])}")
            _print(figures[-1], samples, engine)
    if options.engine or options.quick:
        print("\nOnly a full run is written down: docs/performance.md stays as it was.")
    else:
        _write([_circumstances(client_name, options.rounds, options.seconds), *figures])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=int, default=5, help="for each call, default: 5")
    parser.add_argument("--engine", choices=ENGINES, help="default: both, one after the other")
    parser.add_argument("--quick", action="store_true", help="one round of one second: does it run")
    options = parser.parse_args()
    if options.quick:
        options.rounds = options.seconds = 1
    return options


def _circumstances(client_name: str, rounds: int, seconds: int) -> str:
    return (
        f"{utcnow():%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores; "
        f"{TODOS:,} todos in {LISTS} lists; {client_name} with {CONNECTIONS} connections; "
        f"{rounds} rounds of {seconds} s for each call."
    )


def _print(figures: str, samples: Samples, engine: str) -> None:
    print(f"\n{figures}\n")
    for sentence in missed(samples, GOALS[engine]) or ["Every goal is reached."]:
        print(sentence, flush=True)


def _write(figures: list[str]) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    renewed = put_between_markers(document, "\n\n".join(figures))
    DOCUMENT.write_text(renewed, encoding="utf-8")
    print("\nWritten to docs/performance.md.")


if __name__ == "__main__":
    main()
