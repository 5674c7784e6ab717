"""/admin/todos: any todo is found here, and added, completed and renamed where it stands."""

from typing import Any
from urllib.parse import urlsplit

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin import curl, places, todo_chips, todo_listing, todo_sorts
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import done, quoted
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.todo_forms import AddForm, RenameForm
from todoapp.admin.todo_state import State
from todoapp.clock import utcnow
from todoapp.errors import Stale
from todoapp.services import todo_choices
from todoapp.services import todos as service
from todoapp.services.preconditions import UNCONDITIONAL
from todoapp.web.hosts import base_url


@pages.get("/todos")
def todos() -> Response:
    """List the todos that the address asks for; `rename` is the id of one to be renamed."""
    return page(State.of(request.args), renaming=request.args.get("rename", type=int))


@pages.post("/todos")
def add_todo() -> Response:
    """Add a todo to the list that is looked at, else to the Inbox."""
    form = AddForm()
    try:
        service.create(current_user.actor, form.body, at=utcnow())
    except REFUSALS as error:
        return refused(_again(adding=form), form, error)
    where = "" if form.list_id.data else " to your Inbox"
    done(f"{quoted(form.title.data)} is added{where}.")
    return _back()


@pages.post("/todos/<id:todo_id>/tick")
def tick_todo(todo_id: int) -> Response:
    """Complete the todo, or reopen it."""
    completed = request.form.get("completed") == "true"
    body = {"completed": completed}
    service.patch(current_user.actor, todo_id, body, UNCONDITIONAL, at=utcnow())
    done("The todo is completed." if completed else "The todo is open again.")
    return _back()


@pages.post("/todos/<id:todo_id>/rename")
def rename_todo(todo_id: int) -> Response:
    """Give the todo another title, unless it was changed meanwhile."""
    form = RenameForm()
    try:
        service.patch(current_user.actor, todo_id, form.body, UNCONDITIONAL, at=utcnow())
    except Stale as error:
        form.meet(error.facts["current"](""))
        return page(place(), 409, renaming=todo_id, rename_form=form)
    except REFUSALS as error:
        return refused(_again(renaming=todo_id, rename_form=form), form, error)
    done("The title is changed.")
    return _back()


def page(state: State, status: int | None = None, **more: Any) -> Response:
    """Return the list in `state`; `more` is what else its template is to know."""
    listing = todo_listing.read(current_user.actor, state, now=utcnow())
    choices = todo_choices.of(current_user.actor, listing.list_ids)
    shown = render_template(
        "admin/todos/index.html",
        state=state,
        listing=listing,
        choices=choices,
        quick=todo_chips.quick(state),
        menus=todo_chips.menus(state, choices, listing.tags),
        active=todo_chips.active(state, choices),
        base=base_url(),
        curl=curl.todos(current_user.actor, state.without("page_token").asked),
        sorts=todo_sorts.sorts(state, listing.sort),
        **more,
    )
    return make_response(shown, status or listing.status)


def _again(**more: Any) -> Any:
    """Return what shows the list that a form was sent from, with what is wrong with it."""

    def again(_form: FlaskForm, status: int) -> Response:
        return page(place(), status, **more)

    return again


def place() -> State:
    """Return the list that a form was sent from; 400: it does not say, and none is guessed."""
    url = places.wanted("")
    if urlsplit(url).path != url_for("admin.todos"):
        abort(400, "The form does not say which list it is from.")
    return State.at(url)


def _back() -> Response:
    return redirect(places.wanted(url_for("admin.todos")), 303)
