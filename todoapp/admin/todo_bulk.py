"""/admin/todos/bulk: what is done to the todos that are ticked, or to all that match."""

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin import places, todos
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.admin.todo_chips import named
from todoapp.admin.todo_forms import whole
from todoapp.admin.todo_state import State
from todoapp.clock import utcnow
from todoapp.errors import Conflict, FieldError, Forbidden, Invalid
from todoapp.limits import MAX_INTEGER
from todoapp.services import todo_bulk
from todoapp.services.todo_selection import Selection

_Read = Callable[[str], Any]
#: The field of each action that needs one, and how it is read.
_FIELDS: dict[str, tuple[str, _Read]] = {
    "move": ("list_id", whole),
    "tag": ("tags", lambda text: text.split(",")),
    "untag": ("tags", lambda text: text.split(",")),
    "priority": ("priority", str),
    "assign": ("assigned_to", str),
    "due": ("due_date", str),
}
#: Buttons that set a field to nothing.
_CLEARING = {
    "unassign": {"action": "assign", "assigned_to": None},
    "undue": {"action": "due", "due_date": None},
}
#: What the notice says of each action.
_DONE = {
    "complete": "completed",
    "reopen": "open again",
    "move": "moved",
    "tag": "tagged",
    "untag": "untagged",
    "priority": "given another priority",
    "assign": "assigned",
    "unassign": "assigned to nobody",
    "due": "given another due date",
    "undue": "without a due date now",
    "trash": "in the trash",
}


@pages.post("/todos/bulk")
def bulk_todos() -> Response:
    """Do it to all of them, or to none."""
    state = todos.place()
    try:
        count = todo_bulk.run(current_user.actor, _selection(state), _body(), at=utcnow())
    except (Conflict, Forbidden) as error:
        return _refused(state, 409, error.detail)
    except Invalid as error:
        return _refused(state, 422, " ".join(map(_told, error.errors)))
    _tell(count)
    return redirect(places.wanted(url_for("admin.todos")), 303)


def _selection(state: State) -> Selection:
    if "all" in request.form:
        return Selection(query=state.query)
    return Selection(ids=_ticked())


def _ticked() -> tuple[int, ...]:
    return tuple(id_ for id_ in request.form.getlist("id", type=int) if 0 < id_ <= MAX_INTEGER)


def _body() -> dict[str, Any]:
    action = request.form.get("action", "")
    if action in _CLEARING:
        return _CLEARING[action]
    name, read = _FIELDS.get(action, ("", str))
    given = request.form.get(name, "").strip()
    return {"action": action} | ({name: read(given)} if given else {})


def _told(error: FieldError) -> str:
    name = named(error.where.strip("/").partition("/")[0])
    return f"{name}: fill it in first." if error.code == "required" else f"{name}: {error.detail}"


def _refused(state: State, status: int, told: str) -> Response:
    """Return the list as it was, with everything that was chosen."""
    chosen = {"selected": _ticked(), "wanted": request.form}
    return todos.page(state, status, refusal=told, **chosen)


def _tell(count: int) -> None:
    if not count:
        return tell("There was nothing to change.")
    what = "1 todo is" if count == 1 else f"{count:,} todos are"
    return tell(f"{what} {_DONE[request.form['action']]}.", undo=True)
