"""/changes"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.limits import Scope
from todoapp.schemas.change import ChangeOut, ChangesOut, ChangesQuery
from todoapp.services import history
from todoapp.services.access import Actor


@v1.get("/changes")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=ChangesQuery,
    answers={200: ChangesOut},
    problems=(410, 422),
)
def list_changes(actor: Actor, query: dict[str, Any]) -> Response:
    """List changes.

    Everything that was done in the lists that you see, in order, deletions included: what a copy
    needs to stay in step. Remember `next_after`, and ask for what comes after it. With the scope
    `account` also what was done to you and your keys. 410: what you ask for is no longer kept.
    """
    changes, next_after = history.after(actor, query)
    shown = ChangeOut(many=True).dump(changes)
    return answers.answer({"changes": shown, "next_after": next_after})
