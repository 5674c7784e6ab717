"""What is called, and what is measured of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: Whose samples are the service's.
SERVICE = "todoapp"
BASELINE = "an empty route"
ONE, PAGE, POST = "GET one todo", "GET a page of 50", "POST a todo"


@dataclass(frozen=True)
class Call:
    """One request, to be sent again and again."""

    #: The row of the report that it fills.
    name: str
    url: str
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What a client saw in a few seconds of one call on CONNECTIONS connections."""

    requests: int
    #: Connections that failed, and answers other than 2xx and 3xx.
    errors: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


@dataclass(frozen=True)
class Sample:
    """A run, and what it cost the server."""

    run: Run
    #: CPU time of all worker processes, in microseconds.
    cpu_us: float

    @property
    def cpu_us_per_request(self) -> float:
        """What one request took of the processors."""
        return self.cpu_us / max(self.run.requests, 1)


#: The samples of each call, by its name, one for each round.
Samples = Mapping[str, Sequence[Sample]]

#: How many clients call at the same time, each with a connection that it keeps.
CONNECTIONS = 16
