"""`make bench`: the service against an empty Flask route on the same server, and its peers.

    make bench ARGS="--engine sqlite --rounds 3 --seconds 4"

docs/performance.md says what is measured and why; a full run writes its figures there.
"""

import argparse
import os
import platform
import tempfile

from tests.load import memory
from tests.load.calls import CONNECTIONS, SERVICE
from tests.load.clients import Client, best_client
from tests.load.cold_start import cold_start_seconds
from tests.load.databases import ENGINES
from tests.load.goals import GOALS, PEER_GOALS
from tests.load.measuring import measure
from tests.load.report import (
    DOCUMENT,
    Figures,
    memory_figures,
    peer_figures,
    put_between_markers,
    service_figures,
    start_figures,
)
from tests.load.rivals import Peer, installed
from tests.load.seed import LISTS, TODOS
from tests.load.stage import stage
from todoapp.clock import utcnow

_STARTS = 7


def main() -> None:
    """Measure, print, and write down."""
    options = _options()
    peers = () if options.without_peers else installed()
    with best_client() as (client_name, client):
        parts = [_circumstances(client_name, options.rounds, options.seconds)]
        print(parts[0], flush=True)
        parts.append(_shown(_starts()))
        for engine in [options.engine] if options.engine else ENGINES:
            parts.append(f"### {ENGINES[engine]}")
            print(f"\n{parts[-1]}", flush=True)
            parts += map(_shown, _figures(engine, client, peers, options))
    if options.engine or options.quick or options.without_memory or not peers:
        print("\nOnly a full run is written down: docs/performance.md stays as it was.")
    else:
        _write(parts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=int, default=5, help="for each call, default: 5")
    parser.add_argument("--engine", choices=ENGINES, help="default: both, one after the other")
    parser.add_argument("--without-peers", action="store_true", help="even if they are installed")
    parser.add_argument("--without-memory", action="store_true", help="not 100,000 requests")
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


def _starts() -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        cold_start_seconds(folder)
        return start_figures([cold_start_seconds(folder) for _ in range(_STARTS)])


def _figures(
    engine: str, client: Client, peers: tuple[Peer, ...], options: argparse.Namespace
) -> list[Figures]:
    with stage(engine) as here:
        samples = measure(here, client, peers, rounds=options.rounds, seconds=options.seconds)
        found = [service_figures(samples[SERVICE], GOALS[engine])]
        if peers:
            found.append(peer_figures(samples, PEER_GOALS[engine]))
        if not options.without_memory:
            many = 2 * memory.FEW if options.quick else memory.MANY
            found.append(memory_figures(*memory.grown(here, client, many=many), many))
    return found


def _shown(figures: Figures) -> str:
    """Print the figures, and return what of them is written down."""
    print(f"\n{figures.text}\n")
    for sentence in figures.missed or ["Every goal of this table is reached."]:
        print(sentence, flush=True)
    return figures.text


def _write(parts: list[str]) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    renewed = put_between_markers(document, "\n\n".join(parts))
    DOCUMENT.write_text(renewed, encoding="utf-8")
    print("\nWritten to docs/performance.md.")


if __name__ == "__main__":
    main()
