"""/admin/views: saved views, each a filter and an order with a name."""

from functools import partial
from typing import Any

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin import paging, view_forms
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import quoted, tell
from todoapp.admin.overtaken import overtaken
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.view_forms import ViewForm
from todoapp.clock import utcnow
from todoapp.errors import Stale
from todoapp.schemas.query import PageQuery
from todoapp.services import list_rows, view_rows, views
from todoapp.services.access import Permission, may
from todoapp.services.preconditions import UNCONDITIONAL, Precondition


@pages.get("/views", endpoint="views")
def all_views() -> str:
    """List them, by name."""
    actor, query = current_user.actor, paging.asked(PageQuery)
    rows, after = view_rows.page(actor, query, paging.place(query, str, int))
    return render_template(
        "admin/views/index.html",
        views=rows,
        changeable={row.id for row in rows if may(row.my_role, Permission.WRITE)},
        lists=list_rows.read_all(actor, [row.list_id for row in rows if row.list_id]),
        sorts=view_forms.SORTS,
        turns=paging.turns(after),
    )


@pages.get("/views/new")
def new_view() -> Response:
    """Show the form."""
    return _page(None, view_forms.form_of(None))


@pages.post("/views/new")
def create_view() -> Response:
    """Save a new one."""
    form, page = view_forms.sent(None), partial(_page, None)
    if not form.validate():
        return page(form, 422)
    try:
        views.create(current_user.actor, form.body, at=utcnow())
    except REFUSALS as error:
        return refused(page, form, error)
    tell(f"The view {quoted(form.name.data)} is saved.")
    return redirect(url_for("admin.views"), 303)


@pages.get("/views/<id:view_id>/edit")
def edit_view(view_id: int) -> Response:
    """Show the form."""
    view = view_rows.read(current_user.actor, view_id)
    return _page(view, view_forms.form_of(view))


@pages.post("/views/<id:view_id>/edit")
def update_view(view_id: int) -> Response:
    """Change it, unless somebody else has meanwhile."""
    view = view_rows.read(current_user.actor, view_id)
    form, page = view_forms.sent(view), partial(_page, view)
    if not form.validate():
        return page(form, 422)
    seen = Precondition(version=form.version.data)
    try:
        views.patch(current_user.actor, view_id, form.body, seen, at=utcnow())
    except Stale as error:
        return overtaken(page, form, form.body, error)
    except REFUSALS as error:
        return refused(page, form, error)
    tell(f"The view {quoted(form.name.data)} is saved.")
    return redirect(url_for("admin.views"), 303)


@pages.get("/views/<id:view_id>/delete")
def leave_view(view_id: int) -> str:
    """Ask whether it is to be deleted."""
    view = view_rows.read(current_user.actor, view_id)
    return render_template("admin/views/delete.html", view=view)


@pages.post("/views/<id:view_id>/delete")
def delete_view(view_id: int) -> Response:
    """Delete it for good."""
    views.delete(current_user.actor, view_id, UNCONDITIONAL, at=utcnow())
    tell("The view is deleted.")
    return redirect(url_for("admin.views"), 303)


def _page(view: Any | None, form: ViewForm, status: int = 200) -> Response:
    return make_response(render_template("admin/views/form.html", form=form, view=view), status)
