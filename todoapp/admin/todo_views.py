"""/admin/todos/view: a list of todos is saved as a view."""

from flask import redirect, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin import todos
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import quoted, tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.todo_forms import ViewForm, whole
from todoapp.clock import utcnow
from todoapp.services import view_rows, views
from todoapp.services.todo_filter_text import filter_text


@pages.post("/todos/view")
def save_view() -> Response:
    """Save what the list is narrowed by, and its order, as a view of that name."""
    form, state = ViewForm(), todos.place()

    def again(_form: FlaskForm, status: int) -> Response:
        return todos.page(state, status, saving=form)

    try:
        query = view_rows.applied(current_user.actor, state.query)
        body = {"name": form.name.data, "list_id": whole(form.list_id.data)}
        body |= {"filter": filter_text(query), "sort": query["sort"]}
        view_id = views.create(current_user.actor, body, at=utcnow())
    except REFUSALS as error:
        return refused(again, form, error)
    tell(f"The view {quoted(form.name.data)} is saved.")
    return redirect(url_for("admin.todos", view=view_id), 303)
