"""The simple face: the smallest to-do API, for tutorials, TodoMVC front ends and first contact.

The same services behind a bare surface: the caller's Inbox only, plain arrays, `{"error": …}`.
Fields and parameters that it does not know are passed over, here alone: tutorial clients send
all sorts.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, redirect, request
from werkzeug import Response as AnyResponse

from todoapp.api.answers import answer
from todoapp.api.operation import Operation
from todoapp.clock import utcnow
from todoapp.errors import Invalid, Malformed, NotFound, Unauthenticated, Unavailable
from todoapp.limits import GUEST_USERNAME, Scope
from todoapp.schemas.todo_out import TodoRow, instant, number
from todoapp.services import accounts, inbox, todos, trash
from todoapp.services.access import Actor, require_scope
from todoapp.services.preconditions import UNCONDITIONAL
from todoapp.web import rate_limits
from todoapp.web.body import json_body
from todoapp.web.hosts import base_url
from todoapp.web.identify import identify, presented_key

simple = Blueprint("simple", __name__)

View = Callable[..., AnyResponse]
#: What this face calls the fields of a todo.
_FIELDS = {"title": "title", "completed": "completed", "order": "position"}
_NAMES = {own: name for name, own in _FIELDS.items()}


def install(app: Flask) -> None:
    """Serve the simple face, open to pages from everywhere where guests are let in."""
    app.register_blueprint(simple)
    if app.config["SETTINGS"].guest_access:
        app.after_request(_allow_any_origin)


def _allow_any_origin(response: Response) -> Response:
    if request.path == "/todos" or request.path.startswith("/todos/"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            response.headers["Access-Control-Allow-Headers"] = (
                "Authorization, Content-Type, X-API-Key"
            )
            response.headers["Access-Control-Max-Age"] = "600"
    return response


def called_by(scope: Scope, *, guests: bool = True) -> Callable[[View], View]:
    """Declare a view that wants `scope`; without a key, where `guests` may, as the guest."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(**arguments: Any) -> AnyResponse:
            actor = _caller(guests)
            require_scope(actor, scope)
            inbox.require(actor)
            try:
                return view(actor, **arguments)
            except NotFound:
                raise NotFound("Todo not found") from None

        checked.operation = Operation(scope=scope)  # type: ignore[attr-defined]
        return checked

    return decorate


def _caller(guests: bool) -> Actor:
    if guests and current_app.config["SETTINGS"].guest_access and presented_key() is None:
        rate_limits.count_address()
        return _guest()
    try:
        return identify()
    except Unauthenticated:
        raise Unauthenticated("Unauthorized: Invalid API Key") from None


def _guest() -> Actor:
    try:
        g.actor = accounts.acting(GUEST_USERNAME, f"{Scope.TODOS_READ} {Scope.TODOS_WRITE}")
    except NotFound:
        raise Unavailable("There is no guest account yet: run `flask todo init`.") from None
    actor: Actor = g.actor
    return actor


@simple.get("/")
def home() -> AnyResponse:
    """Greet: programs with a message, browsers with the admin."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        response: AnyResponse = redirect("/admin", 303)
    else:
        response = answer({"message": "Welcome to todoapp! The API is at /api/v1 and /todos."})
    response.headers["Vary"] = "Accept"
    return response


home.operation = Operation(public=True)  # type: ignore[attr-defined]


@simple.get("/todos")
@called_by(Scope.TODOS_READ)
def all_todos(actor: Actor) -> Response:
    """List the Inbox in its order."""
    return answer([_document(row) for row in inbox.todos(actor, now=utcnow())])


@simple.get("/secret_todos")
@called_by(Scope.TODOS_READ, guests=False)
def secret_todos(actor: Actor) -> Response:
    """List what is still open, for holders of a key only."""
    return answer([_document(row) for row in inbox.todos(actor, only_open=True, now=utcnow())])


@simple.post("/todos")
@called_by(Scope.TODOS_WRITE)
def add_todo(actor: Actor) -> Response:
    """Add a todo to the Inbox."""
    body = json_body(optional=True)
    if not isinstance(body, dict) or body.get("title") is None:
        raise Malformed("Title is required")
    document = _write(actor, lambda: todos.create(actor, _known(body), at=utcnow()).id)
    return answer(document, 201, {"Location": document["url"]})


@simple.delete("/todos")
@called_by(Scope.TODOS_WRITE)
def delete_todos(actor: Actor) -> Response:
    """Empty the Inbox into the trash."""
    inbox.empty(actor, at=utcnow())
    return answer({"message": "All todos deleted successfully"})


@simple.get("/todos/<id:todo_id>")
@called_by(Scope.TODOS_READ)
def one_todo(actor: Actor, todo_id: int) -> Response:
    """Read a todo of the Inbox."""
    return answer(_document(inbox.read(actor, todo_id)))


@simple.put("/todos/<id:todo_id>")
@simple.patch("/todos/<id:todo_id>")
@called_by(Scope.TODOS_WRITE)
def change_todo(actor: Actor, todo_id: int) -> Response:
    """Change what is sent of a todo; PUT and PATCH are the same here."""
    inbox.read(actor, todo_id)
    body = json_body(optional=True)
    if not isinstance(body, dict) or not body:
        raise Malformed("No data provided for update")

    def change() -> int:
        todos.patch(actor, todo_id, _known(body), UNCONDITIONAL, at=utcnow())
        return todo_id

    return answer(_write(actor, change))


@simple.delete("/todos/<id:todo_id>")
@called_by(Scope.TODOS_WRITE)
def delete_todo(actor: Actor, todo_id: int) -> Response:
    """Put a todo of the Inbox into the trash."""
    inbox.read(actor, todo_id)
    trash.trash(actor, todo_id, UNCONDITIONAL, at=utcnow())
    return answer({"message": "Todo deleted successfully"})


def _known(body: dict[str, Any]) -> dict[str, Any]:
    """Return what this face knows of the body, named as the services name it."""
    return {own: body[name] for name, own in _FIELDS.items() if name in body}


def _write(actor: Actor, write: Callable[[], int]) -> dict[str, Any]:
    """Return the todo that `write` wrote; what is invalid is told in one sentence, as 400."""
    try:
        todo_id = write()
    except Invalid as error:
        raise Malformed(_sentence(error)) from None
    return _document(inbox.read(actor, todo_id))


def _sentence(error: Invalid) -> str:
    first = error.errors[0]
    name = _NAMES[first.where.lstrip("/")]
    if name == "title" and first.code in ("blank", "null"):
        return "Title is required"
    return f"{name.capitalize()} {first.detail[0].lower()}{first.detail[1:].rstrip('.')}"


def _document(row: Sequence[Any]) -> dict[str, Any]:
    todo = TodoRow(*row[: len(TodoRow._fields)])
    return {
        "id": todo.id,
        "title": todo.title,
        "completed": todo.status == "completed",
        "order": number(todo.position),
        "url": f"{base_url()}/todos/{todo.id}",
        "created_at": instant(todo.created_at),
    }
