"""/admin/lists/…/members: who is in a list, and as what."""

from functools import partial

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin import places
from todoapp.admin.blueprint import pages
from todoapp.admin.list_forms import MemberForm
from todoapp.admin.list_pages import show
from todoapp.admin.notices import tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.clock import utcnow
from todoapp.errors import NotFound
from todoapp.limits import ListRole
from todoapp.services import list_rows, member_rows, memberships
from todoapp.services.preconditions import UNCONDITIONAL


@pages.post("/lists/<id:list_id>/members")
def add_member(list_id: int) -> Response:
    """Let somebody in."""
    form = MemberForm()
    if not form.validate():
        return show(list_id, form, 422)
    return _put(list_id, form.username.data, form.role.data, form)


@pages.post("/lists/<id:list_id>/members/<username:username>")
def change_member(list_id: int, username: str) -> Response:
    """Give somebody another role."""
    return _put(list_id, username, request.form.get("role", ""), MemberForm(None))


def _put(list_id: int, username: str, role: str, form: MemberForm) -> Response:
    actor, body = current_user.actor, {"role": role}
    try:
        memberships.put(actor, list_id, username, body, UNCONDITIONAL, at=utcnow())
    except NotFound as error:  # the list, if it is that which is not there, is none to show either
        form.username.errors = [error.detail]
        return show(list_id, form, 422)
    except REFUSALS as error:
        return refused(partial(show, list_id), form, error)
    tell(f"{username} is {_ARTICLES[role]} {role} now.")
    return redirect(places.wanted(url_for("admin.list_", list_id=list_id)), 303)


_ARTICLES: dict[str, str] = {ListRole.VIEWER: "a", ListRole.EDITOR: "an", ListRole.OWNER: "the"}


@pages.get("/lists/<id:list_id>/members/<username:username>/owner")
def offer_list(list_id: int, username: str) -> str:
    """Ask whether the list is to be handed over."""
    return _ask("hand_over", list_id, username)


@pages.post("/lists/<id:list_id>/members/<username:username>/owner")
def hand_over_list(list_id: int, username: str) -> Response:
    """Make a member the owner, and the owner an editor."""
    return _put(list_id, username, ListRole.OWNER, MemberForm(None))


@pages.get("/lists/<id:list_id>/members/<username:username>/remove")
def leave_member(list_id: int, username: str) -> str:
    """Ask whether somebody is to go, or the visitor."""
    return _ask("remove", list_id, username)


@pages.post("/lists/<id:list_id>/members/<username:username>/remove")
def remove_member(list_id: int, username: str) -> Response:
    """Take somebody out of the list, or leave it."""
    actor = current_user.actor
    try:
        memberships.remove(actor, list_id, username, UNCONDITIONAL, at=utcnow())
    except REFUSALS as error:
        return refused(partial(show, list_id), MemberForm(None), error)
    if username == actor.username:
        tell("You have left the list.")
        return redirect(url_for("admin.lists"), 303)
    tell(f"{username} is out of the list.")
    return redirect(url_for("admin.list_", list_id=list_id), 303)


def _ask(what: str, list_id: int, username: str) -> str:
    """Return the page that asks. Raises NotFound."""
    actor = current_user.actor
    return render_template(
        f"admin/lists/{what}.html",
        todo_list=list_rows.read(actor, list_id),
        member=member_rows.read(actor, list_id, username),
    )
