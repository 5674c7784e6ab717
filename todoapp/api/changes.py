"""/changes"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.change import ChangeOut, ChangesOut, ChangesQuery, Nothing, Undone
from todoapp.schemas.query import WriteQuery
from todoapp.services import history, undo
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


@v1.post("/changes/<id:change_id>/undo")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=WriteQuery,
    body=Nothing,
    body_optional=True,
    answers={200: Undone},
    problems=(403, 404, 409),
)
def undo_change(actor: Actor, change_id: int, body: Any) -> Response:
    """Undo a change.

    With everything else that the same call did; the header `Change-Id` of a write names it. It is
    refused if anything of it has changed since, and can be undone in turn.
    """
    Nothing.parse(body)
    undone = undo.undo(actor, change_id, at=utcnow())
    return answers.answer({"undone_operation_id": undone})
