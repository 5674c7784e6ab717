"""What should be reached; docs/performance.md says why it is measured so."""

from dataclasses import dataclass

from tests.load.calls import ONE, PAGE, POST


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

#: How many times a peer's requests per second, by engine, peer and call.
PEER_GOALS: dict[str, dict[str, dict[str, float]]] = {
    "sqlite": {
        "Django REST Framework": {ONE: 3, PAGE: 5, POST: 1.7},
        "FastAPI": {ONE: 2.4, PAGE: 2.5, POST: 1.5},
        "flask-smorest": {ONE: 2, PAGE: 3, POST: 1.5},
    },
    "postgresql": {
        "Django REST Framework": {ONE: 2.5, PAGE: 3.3, POST: 2},
        "FastAPI": {ONE: 1.5, PAGE: 1.8, POST: 1.4},
        "flask-smorest": {ONE: 2.2, PAGE: 2.6, POST: 2.4},
    },
}

#: The workers' memory after 100,000 requests, as a part of that after 1,000.
MEMORY_GOAL = 1.05
#: Seconds until the application is imported and built.
START_GOAL = 0.6
