"""/admin/todos/<id>: one todo, with its subtasks and its history."""

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin import curl, differences, places
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import done, quoted, tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.todo_forms import AddForm
from todoapp.admin.todo_listing import plain
from todoapp.admin.todo_origin import Origin
from todoapp.clock import utcnow
from todoapp.errors import Conflict, Invalid
from todoapp.services import (
    earlier_values,
    list_rows,
    todo_access,
    todo_context,
    todo_rows,
    todos,
)
from todoapp.services import trash as bin_
from todoapp.services.preconditions import UNCONDITIONAL


@pages.get("/todos/<id:todo_id>")
def todo(todo_id: int) -> Response:
    """Show it."""
    return _page(todo_id, AddForm(None))


@pages.post("/todos/<id:todo_id>/subtasks")
def add_subtask(todo_id: int) -> Response:
    """Add a todo that is a part of this one."""

    def page(form: AddForm, status: int) -> Response:
        return _page(todo_id, form, status)

    form = AddForm()
    list_id = todo_rows.read(current_user.actor, todo_id).list_id
    body = {"title": form.title.data, "list_id": list_id, "parent_id": todo_id}
    try:
        todos.create(current_user.actor, body, at=utcnow())
    except REFUSALS as error:
        return refused(page, form, error)
    done(f"{quoted(form.title.data.strip())} is added.")
    return redirect(f"{Origin.here().to('todo', todo_id)}#subtasks", 303)


@pages.post("/todos/<id:todo_id>/values")
def restore_value(todo_id: int) -> Response:
    """Give a field the value that it had before a change."""
    change_id = request.form.get("change_id", 0, type=int)
    field = request.form.get("field", "")
    try:
        earlier_values.restore(current_user.actor, todo_id, change_id, field, at=utcnow())
    except Invalid as error:
        return _page(todo_id, AddForm(None), 422, refusal=error.errors[0].detail)
    except Conflict as error:
        return _page(todo_id, AddForm(None), 409, refusal=error.detail)
    done(f"{differences.label(field)}: the earlier value is back.")
    return _back(todo_id)


@pages.post("/todos/<id:todo_id>/trash")
def trash_todo(todo_id: int) -> Response:
    """Put it into the trash, and go back to the list."""
    bin_.trash(current_user.actor, todo_id, UNCONDITIONAL, at=utcnow())
    done("The todo is in the trash.")
    return redirect(Origin.here().state.url, 303)


@pages.post("/todos/<id:todo_id>/restore")
def restore_todo(todo_id: int) -> Response:
    """Bring it back, with what went into the trash with it."""
    try:
        bin_.restore(current_user.actor, todo_id, {}, UNCONDITIONAL, at=utcnow())
    except Conflict as error:
        return _page(todo_id, AddForm(None), 409, refusal=error.detail)
    done("The todo is back.")
    return _back(todo_id)


@pages.get("/todos/<id:todo_id>/purge")
def ask_to_purge_todo(todo_id: int) -> str:
    """Ask first."""
    row = todo_access.row_to_change(current_user.actor, todo_id)
    return render_template("admin/todo/purge.html", todo=plain(row), origin=Origin.here())


@pages.post("/todos/<id:todo_id>/purge")
def purge_todo(todo_id: int) -> Response:
    """Delete it for good."""
    bin_.purge(current_user.actor, todo_id, UNCONDITIONAL, at=utcnow())
    tell("The todo is deleted for good.")
    return redirect(Origin.here().state.url, 303)


def _page(todo_id: int, form: AddForm, status: int = 200, *, refusal: str = "") -> Response:
    actor, now, origin = current_user.actor, utcnow(), Origin.here()
    row = todo_rows.read(actor, todo_id)
    context = todo_context.of(actor, row, now=now)
    shown = render_template(
        "admin/todo/show.html",
        todo=plain(row),
        context=context,
        subtasks=list(map(plain, context.subtasks)),
        lists=list_rows.names(actor, differences.list_ids(context.changes)),
        before=earlier_values.before,
        origin=origin,
        beside=origin.neighbours(actor, row, now=now),
        calls=curl.todo(actor, row.id, row.version),
        form=form,
        refusal=refusal,
    )
    return make_response(shown, status)


def _back(todo_id: int) -> Response:
    return redirect(places.wanted(url_for("admin.todo", todo_id=todo_id)), 303)
