"""Several writes to todos in one: all of them, in order, or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from todoapp.errors import DomainError, Invalid
from todoapp.schemas.batch import Batch
from todoapp.services import todos, trash
from todoapp.services.access import Actor
from todoapp.services.preconditions import Precondition
from todoapp.services.todo_drafts import Drafts

Operation = dict[str, Any]


def run(actor: Actor, body: Any, *, at: datetime) -> list[tuple[str, int]]:
    """Do what `body` (schemas.batch.Batch) lists; return each operation's name and its todo's id.

    Raises Invalid with all that is wrong with any operation, before the first is done; then the
    error of the first that fails, with its place in the body. Neither leaves anything behind.
    """
    operations: list[Operation] = Batch.parse(body)["operations"]
    ids: list[int] = []
    for at_once, group in groupby(operations, lambda operation: _adds_at_once(actor, operation)):
        some = list(group)
        if at_once:
            ids += _create(actor, some, len(ids), at)
        else:
            for index, operation in enumerate(some, len(ids)):
                with _located(index):
                    ids.append(_DO[operation["op"]](actor, operation, at))
    return [(operation["op"], id_) for operation, id_ in zip(operations, ids, strict=True)]


def _adds_at_once(actor: Actor, operation: Operation) -> bool:
    """Tell whether it is a creation that can be added together with those beside it.

    What the filter of a key refuses shows when it is added: it must be told which one it was.
    """
    return operation["op"] == "create" and actor.row_filter is None


def _create(actor: Actor, some: list[Operation], first: int, at: datetime) -> list[int]:
    drafts = Drafts(actor, at=at)
    for index, operation in enumerate(some, first):
        with _located(index):
            drafts.put(operation["todo"])
    return [row.id for row in drafts.add()]


def _create_one(actor: Actor, operation: Operation, at: datetime) -> int:
    drafts = Drafts(actor, at=at)
    drafts.put(operation["todo"])
    return drafts.add()[0].id


def _update(actor: Actor, operation: Operation, at: datetime) -> int:
    todos.update(actor, operation["id"], operation["todo"], _precondition(operation), at=at)
    return _id(operation)


def _delete(actor: Actor, operation: Operation, at: datetime) -> int:
    trash.trash(actor, operation["id"], _precondition(operation), at=at)
    return _id(operation)


def _restore(actor: Actor, operation: Operation, at: datetime) -> int:
    trash.restore(actor, operation["id"], {}, _precondition(operation), at=at)
    return _id(operation)


def _id(operation: Operation) -> int:
    todo_id: int = operation["id"]
    return todo_id


_DO = {"create": _create_one, "update": _update, "delete": _delete, "restore": _restore}


def _precondition(operation: Operation) -> Precondition:
    return Precondition(version=operation.get("version"))


@contextmanager
def _located(index: int) -> Iterator[None]:
    """Let an error say in which operation it happened."""
    pointer = f"/operations/{index}"
    try:
        yield
    except Invalid as error:
        raise Invalid(
            [replace(one, where=f"{pointer}/todo{one.where}") for one in error.errors]
        ) from None
    except DomainError as error:
        error.facts["errors"] = [{"pointer": pointer, "code": error.code, "detail": error.detail}]
        raise
