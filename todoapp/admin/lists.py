"""/admin/lists: seen, made, changed, put away, thrown away and brought back."""

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin import list_forms, paging, places
from todoapp.admin.blueprint import pages
from todoapp.admin.list_forms import ListForm
from todoapp.admin.list_pages import show
from todoapp.admin.notices import done, quoted, tell
from todoapp.admin.overtaken import overtaken
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.clock import utcnow
from todoapp.errors import Stale
from todoapp.schemas.todo_list import ListQuery
from todoapp.services import list_counts, list_rows, lists
from todoapp.services.preconditions import UNCONDITIONAL, Precondition


@pages.get("/lists", endpoint="lists")
def all_lists() -> str:
    """List them, those put away apart from the others."""
    query = {"is_archived": False} | paging.asked(ListQuery) | {"trashed": False}
    rows, after = list_rows.page(current_user.actor, query, paging.place(query, float, int))
    counts = list_counts.of(current_user.actor, [row.id for row in rows])
    return render_template(
        "admin/lists/index.html",
        lists=rows,
        counts=counts,
        archived=query["is_archived"],
        turns=paging.turns(after),
    )


@pages.get("/lists/new")
def new_list() -> Response:
    """Show the form."""
    return _new_page(list_forms.new_list())


@pages.post("/lists/new")
def create_list() -> Response:
    """Make a list of the visitor's own."""
    form = ListForm()
    if not form.validate():
        return _new_page(form, 422)
    try:
        list_id = lists.create(current_user.actor, form.body, at=utcnow())
    except REFUSALS as error:
        return refused(_new_page, form, error)
    tell(f"The list {quoted(form.name.data)} is made.", undo=True)
    return redirect(url_for("admin.list_", list_id=list_id), 303)


@pages.get("/lists/<id:list_id>")
def list_(list_id: int) -> Response:
    """Show what is in it, who is in it, and what was done to it."""
    return show(list_id, list_forms.MemberForm())


@pages.get("/lists/<id:list_id>/edit")
def edit_list(list_id: int) -> Response:
    """Show the form."""
    return _edit_page(list_id, list_forms.form_of(list_rows.read(current_user.actor, list_id)))


@pages.post("/lists/<id:list_id>/edit")
def update_list(list_id: int) -> Response:
    """Change it, unless somebody else has meanwhile."""

    def page(form: FlaskForm, status: int) -> Response:
        return _edit_page(list_id, form, status)

    form = ListForm()
    if not form.validate():
        return page(form, 422)
    seen = Precondition(version=form.version.data)
    try:
        lists.patch(current_user.actor, list_id, form.body, seen, at=utcnow())
    except Stale as error:
        return overtaken(page, form, form.body, error)
    except REFUSALS as error:
        return refused(page, form, error)
    done(f"{quoted(form.name.data)} is saved.")
    return redirect(url_for("admin.list_", list_id=list_id), 303)


@pages.post("/lists/<id:list_id>/archive")
def archive_list(list_id: int) -> Response:
    """Put it away, or fetch it back."""
    archived = request.form.get("is_archived") == "true"
    body = {"is_archived": archived}
    lists.patch(current_user.actor, list_id, body, UNCONDITIONAL, at=utcnow())
    tell("The list is archived." if archived else "The list is in use again.", undo=True)
    return _back(list_id)


@pages.post("/lists/<id:list_id>/trash")
def trash_list(list_id: int) -> Response:
    """Put it into the trash, with its todos."""
    lists.trash(current_user.actor, list_id, UNCONDITIONAL, at=utcnow())
    tell("The list is in the trash, with its todos.", undo=True)
    return redirect(url_for("admin.lists"), 303)


@pages.post("/lists/<id:list_id>/restore")
def restore_list(list_id: int) -> Response:
    """Bring it back, with what went into the trash with it."""
    lists.restore(current_user.actor, list_id, {}, UNCONDITIONAL, at=utcnow())
    tell("The list is back, with the todos that went into the trash with it.", undo=True)
    return _back(list_id)


def _back(list_id: int) -> Response:
    return redirect(places.wanted(url_for("admin.list_", list_id=list_id)), 303)


def _new_page(form: FlaskForm, status: int = 200) -> Response:
    page = render_template("admin/lists/form.html", form=form, todo_list=None)
    return make_response(page, status)


def _edit_page(list_id: int, form: FlaskForm, status: int = 200) -> Response:
    todo_list = list_rows.read(current_user.actor, list_id)
    page = render_template("admin/lists/form.html", form=form, todo_list=todo_list)
    return make_response(page, status)
