"""Calling the servers in turns, and reading what it costs their workers."""

import time
from collections.abc import Sequence

from tests.load.agreement import refuse_wrong_answers
from tests.load.calls import POST, Sample, Samples
from tests.load.clients import Client
from tests.load.databases import run
from tests.load.rivals import Peer
from tests.load.stage import Stage, Subject, subjects

#: Nothing is noted before caches, pools and prepared statements are warm.
_WARM_UP_SECONDS = 1
#: By then a server has answered what its clients no longer wait for, and leaves the next one alone.
_PAUSE_SECONDS = 0.3


def measure(
    here: Stage, client: Client, peers: Sequence[Peer], *, rounds: int, seconds: float
) -> dict[str, Samples]:
    """Return the samples of every call, by whose server it is, taken in turns."""
    samples: dict[str, dict[str, list[Sample]]] = {}
    with subjects(here, peers) as called:
        refuse_wrong_answers(called)
        for subject in called:
            client(subject.call, _WARM_UP_SECONDS)
            _tidy(subject, here)
        for _ in range(rounds):
            for subject in called:
                mine = samples.setdefault(subject.whose, {}).setdefault(subject.call.name, [])
                mine.append(_sample(client, subject, seconds))
                _tidy(subject, here)
    return {whose: dict(theirs) for whose, theirs in samples.items()}


def _sample(client: Client, subject: Subject, seconds: float) -> Sample:
    before = subject.server.cpu_us()
    run = client(subject.call, seconds)
    return Sample(run, subject.server.cpu_us() - before)


def _tidy(subject: Subject, here: Stage) -> None:
    """Let it finish, and take away what was added: the same page is to be shown each time."""
    time.sleep(_PAUSE_SECONDS)
    if subject.call.name == POST:
        statement = "DELETE FROM todo WHERE id > :last_id"
        run(subject.database_url, statement, last_id=here.seeded.last_id)
