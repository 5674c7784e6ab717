"""/todos"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, g

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.batch import Batch, BatchResults
from todoapp.schemas.change import ChangeOut
from todoapp.schemas.pages import HistoryPage, TodoPage
from todoapp.schemas.query import PageQuery, Precondition, PreconditionQuery, WriteQuery
from todoapp.schemas.todo import TodoCreate, TodoDeleteQuery, TodoPatch, TodoPut, TodoQuery
from todoapp.schemas.todo_out import TodoOut, todo_dict, todos_json
from todoapp.services import batch, history, todo_pages, todo_rows, todos, trash, view_rows
from todoapp.services.access import Actor
from todoapp.services.todo_order import INSTANTS
from todoapp.web import page_tokens
from todoapp.web.etags import precondition
from todoapp.web.hosts import base_url


@v1.get("/todos")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=TodoQuery,
    answers={200: TodoPage},
    problems=(400, 422),
)
def list_todos(actor: Actor, query: dict[str, Any]) -> Response:
    """List todos.

    Those of every list that you see, filtered, sorted and paged. Filters are combined with and.
    """
    query = view_rows.applied(actor, query)
    view = query.get("view")
    instant = query["sort"].lstrip("-") in INSTANTS
    place = page_tokens.read(actor, query, int, datetime if instant else object, int, of=view)
    cursor = todo_pages.Cursor(*place) if place else None
    page = todo_pages.page(actor, query, cursor, now=utcnow())
    token, link = page_tokens.next_page(actor, page.next, of=view)
    document = {"todos": _shown(page, query), "next_page_token": token, **_total(page)}
    return answers.answer(document, headers=link)


def _shown(page: todo_pages.Page, query: Mapping[str, Any]) -> list[Any]:
    """Return the todos, of which `fields` may leave out all but some fields."""
    base = base_url()
    if "fields_" not in query:
        return todos_json(page.found, base)
    todos = (todo_dict(row, base) for row in page.rows)
    return [{name: todo[name] for name in query["fields_"]} for todo in todos]


def _total(page: todo_pages.Page) -> dict[str, Any]:
    if page.total is None:
        return {}
    return {"total_count": page.total, "total_count_capped": page.capped}


@v1.post("/todos")
@operation(
    scope=Scope.TODOS_WRITE,
    query=WriteQuery,
    body=TodoCreate,
    answers={201: TodoOut},
    problems=(403, 409),
)
def create_todo(actor: Actor, body: Any) -> Response:
    """Create a todo.

    Only `title` is needed; without `list_id` it goes to your Inbox.
    """
    row = todos.create(actor, body, at=utcnow(), whole=not g.validate_only)
    return answers.created_todo(row)


@v1.post("/todos/batch")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=WriteQuery,
    body=Batch,
    answers={200: BatchResults},
    problems=(403, 404, 409, 412),
)
def batch_todos(actor: Actor, body: Any) -> Response:
    """Write several todos at once.

    Up to 100 operations, done in order, all or none. What is wrong with any of them is told at
    once; then the first that fails stops everything, and `errors` tells its place. The results
    show the todos as the batch has left them.
    """
    done = batch.run(actor, body, at=utcnow())
    rows = todo_rows.read_all(actor, (todo_id for _, todo_id in done))
    base = base_url()
    results = [{"op": op, "todo": todo_dict(rows[todo_id], base)} for op, todo_id in done]
    return answers.answer({"results": results})


@v1.get("/todos/<id:todo_id>")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    answers={200: TodoOut, 304: None},
    problems=(404,),
)
def get_todo(actor: Actor, todo_id: int) -> Response:
    """Read a todo.

    One in the trash answers too, with `deleted_at` set.
    """
    return answers.todo(todo_rows.read(actor, todo_id))


@v1.patch("/todos/<id:todo_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    body=TodoPatch,
    answers={200: TodoOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def patch_todo(actor: Actor, todo_id: int, query: dict[str, Any], body: Any) -> Response:
    """Change a todo.

    A merge patch (RFC 7396): what you do not send stays, null clears, arrays replace. A new
    `list_id` moves the todo with its subtasks.
    """
    todos.patch(actor, todo_id, body, precondition(query.get("version")), at=utcnow())
    return answers.written_todo(actor, todo_id)


@v1.put("/todos/<id:todo_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    body=TodoPut,
    answers={200: TodoOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def put_todo(actor: Actor, todo_id: int, query: dict[str, Any], body: Any) -> Response:
    """Replace a todo.

    What you leave out goes back to its default; `list_id`, `position` and `uid` stay.
    """
    todos.replace(actor, todo_id, body, precondition(query.get("version")), at=utcnow())
    return answers.written_todo(actor, todo_id)


@v1.delete("/todos/<id:todo_id>")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=TodoDeleteQuery,
    answers={204: None},
    problems=(403, 404, 412),
    conditional=True,
)
def delete_todo(actor: Actor, todo_id: int, query: dict[str, Any]) -> Response:
    """Delete a todo.

    It goes into the trash, with its subtasks; with `purge=true` it is gone for good.
    """
    delete = trash.purge if query["purge"] else trash.trash
    delete(actor, todo_id, precondition(query.get("version")), at=utcnow())
    return answers.nothing()


@v1.post("/todos/<id:todo_id>/restore")
@operation(
    scope=Scope.TODOS_WRITE,
    everyone=True,
    query=PreconditionQuery,
    body=Precondition,
    body_optional=True,
    answers={200: TodoOut},
    problems=(403, 404, 409, 412),
    conditional=True,
)
def restore_todo(actor: Actor, todo_id: int, query: dict[str, Any], body: Any) -> Response:
    """Restore a todo from the trash.

    All that went into the trash by the same call comes back with it.
    """
    trash.restore(actor, todo_id, body, precondition(query.get("version")), at=utcnow())
    return answers.written_todo(actor, todo_id)


@v1.get("/todos/<id:todo_id>/history")
@operation(
    scope=Scope.TODOS_READ,
    everyone=True,
    query=PageQuery,
    answers={200: HistoryPage},
    problems=(400, 404, 422),
)
def get_todo_history(actor: Actor, todo_id: int, query: dict[str, Any]) -> Response:
    """Read a todo's history.

    What was done to it, newest first, by whom and with which key, with old and new values.
    """
    place = page_tokens.read(actor, query, int)
    changes, before = history.of_todo(actor, todo_id, query, place[0] if place else None)
    token, link = page_tokens.next_page(actor, before)
    shown = ChangeOut(many=True).dump(changes)
    return answers.answer({"changes": shown, "next_page_token": token}, headers=link)
