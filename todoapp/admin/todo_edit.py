"""/admin/todos/new and /admin/todos/<id>/edit: one form for all of a todo."""

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug import Response
from wtforms.fields import SelectChoice

from todoapp.admin import todo_conflict, todo_texts
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import done, quoted
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.todo_form import TodoForm, blank, filled
from todoapp.admin.todo_forms import whole
from todoapp.admin.todo_listing import plain
from todoapp.admin.todo_origin import Origin
from todoapp.clock import utcnow
from todoapp.errors import Stale
from todoapp.services import history, list_rows, todo_access, todo_options, todo_rows, todos
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
        added = todos.create(actor, form.new(actor.zone), at=utcnow())
    except REFUSALS as error:
        return refused(_new_page, form, error)
    done(f"{quoted(form.title.data.strip())} is added.")
    return redirect(url_for("admin.todo", todo_id=added.id), 303)


@pages.get("/todos/<id:todo_id>/edit")
def edit_todo(todo_id: int) -> Response:
    """Show the form."""
    actor = current_user.actor
    row = todo_access.row_to_change(actor, todo_id)
    return _edit_page(todo_id, filled(plain(row), actor.zone))


@pages.post("/todos/<id:todo_id>/edit")
def save_todo(todo_id: int) -> Response:
    """Save what was changed; show both versions if somebody else has saved meanwhile."""

    def page(form: TodoForm, status: int) -> Response:
        return _edit_page(todo_id, form, status)

    form, actor = TodoForm(), current_user.actor
    if "again" in request.form:
        return page(form, 200)
    changes = form.changes(plain(todo_rows.read(actor, todo_id)), actor.zone)
    try:
        todos.patch(actor, todo_id, changes, UNCONDITIONAL, at=utcnow())
    except Stale:
        return _conflict_page(todo_id, form)
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


def _conflict_page(todo_id: int, form: TodoForm) -> Response:
    actor = current_user.actor
    theirs = plain(todo_rows.read(actor, todo_id))
    changes, _ = history.of_todo(actor, todo_id, {"page_size": 1}, None)
    texts = todo_texts.of(theirs, actor.zone)
    pairs = todo_conflict.pairs(form.texts, texts, form.seen.data or "")
    shown = render_template(
        "admin/todo/conflict.html",
        todo=theirs,
        change=changes[0],
        pairs=pairs,
        seen=todo_texts.marks(texts),
        lists=list_rows.names(actor, _list_ids(pairs)),
        origin=Origin.here(),
    )
    return make_response(shown, 409)


def _list_ids(pairs: list[todo_conflict.Pair]) -> set[int]:
    named = [(pair.mine, pair.theirs) for pair in pairs if pair.name == "list_id"]
    ids = {whole(text) for both in named for text in both}
    return {id_ for id_ in ids if isinstance(id_, int)}
