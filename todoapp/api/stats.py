"""/stats"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.stats import StatsOut, StatsQuery
from todoapp.services import stats
from todoapp.services.access import Actor


@v1.get("/stats")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=StatsQuery,
    answers={200: StatsOut},
)
def get_stats(actor: Actor, query: dict[str, Any]) -> Response:
    """Read statistics.

    How many todos are open, overdue and due today, which lists have most to do, and how many were
    created and completed on each of the last days, over all the lists that you see. Days are those
    of your timezone. The trash is not counted.
    """
    return answers.answer(stats.read(actor, query, now=utcnow()))
