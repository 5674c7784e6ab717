"""What the workers take of the memory, after few requests and after many."""

from tests.load.calls import Call
from tests.load.clients import Client, send
from tests.load.stage import Stage, calls, service

#: By then every thread has its connections, and every cache what these calls put into it.
FEW = 1_000
MANY = 100_000


def grown(here: Stage, client: Client, *, many: int = MANY) -> tuple[int, int]:
    """Return the bytes that the workers of a new server hold after FEW and after `many` calls."""
    with service(here, "memory") as server:
        mixed = calls(f"{server.url}/api/v1/todos", here.seeded)
        send(mixed, FEW)
        few = server.memory_bytes()
        _send_for(client, mixed, many - FEW)
        return few, server.memory_bytes()


def _send_for(client: Client, mixed: list[Call], left: int) -> None:
    while left > 0:
        for call in mixed:
            left -= client(call, 1).requests
