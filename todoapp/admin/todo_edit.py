"""/admin/todos/new and /admin/todos/<id>/edit: one form for all of a todo."""

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug import Response
from wtforms.fields import SelectChoice

from todoapp.admin.blueprint import pages
from todoapp.admin.notices import done, quoted
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.todo_form import TodoForm, blank, filled
from todoapp.admin.todo_forms import whole
from todoapp.admin.todo_listing import plain
from todoapp.admin.todo_origin import Origin
from todoapp.clock import utcnow
from todoapp.services import todo_access, todo_options, todo_rows, todos
from todoapp.services.preconditions import UNCONDITIONAL


@pages.get("/todos/new")
def new_todo() -> Response:
    """Show the form; the address may say what is in it."""
    return _new_page(blank(request.args))


@pages.post("/todos/new")
def create_todo() -> Response:
    """Add a todo, and show it."""
    form, actor = TodoForm(), current_user.actor
    try:
        todo_id = todos.create(actor, form.new(actor.zone), at=utcnow())
    except REFUSALS as error:
        return refused(_new_page, form, error)
    done(f"{quoted(form.title.data.strip())} is added.")
    return redirect(url_for("admin.todo", todo_id=todo_id), 303)


@pages.get("/todos/<id:todo_id>/edit")
def edit_todo(todo_id: int) -> Response:
    """Show the form."""
    actor = current_user.actor
    row = todo_access.row_to_change(actor, todo_id)
    return _edit_page(todo_id, filled(plain(row), actor.zone))


@pages.post("/todos/<id:todo_id>/edit")
def save_todo(todo_id: int) -> Response:
    """Save what was changed."""

    def page(form: TodoForm, status: int) -> Response:
        return _edit_page(todo_id, form, status)

    form, actor = TodoForm(), current_user.actor
    changes = form.changes(plain(todo_rows.read(actor, todo_id)), actor.zone)
    try:
        todos.patch(actor, todo_id, changes, UNCONDITIONAL, at=utcnow())
    except REFUSALS as error:
        return refused(page, form, error)
    done("The todo is saved.")
    return redirect(Origin.here().to("todo", todo_id), 303)


def _new_page(form: TodoForm, status: int = 200) -> Response:
    return _form_page(form, status, None)


def _edit_page(todo_id: int, form: TodoForm, status: int = 200) -> Response:
    return _form_page(form, status, todo_id)


def _form_page(form: TodoForm, status: int, todo_id: int | None) -> Response:
    list_id = whole(form.list_id.data)
    within = list_id if isinstance(list_id, int) else None
    options = todo_options.of(current_user.actor, within, now=utcnow())
    form.list_id.choices = [SelectChoice(str(one.id), one.name) for one in options.lists]
    form.list_id.data = form.list_id.data or str(options.list_id)
    shown = render_template(
        "admin/todo/form.html", form=form, options=options, todo_id=todo_id, origin=Origin.here()
    )
    return make_response(shown, status)
