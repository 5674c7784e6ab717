"""/admin/changes: taking back what was done."""

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin import differences, places
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.clock import utcnow
from todoapp.errors import Conflict
from todoapp.services import activity, list_rows
from todoapp.services import undo as undoing


@pages.post("/changes/<id:change_id>/undo")
def undo(change_id: int) -> Response:
    """Undo the operation that the change belongs to; that can be undone in turn."""
    try:
        undoing.undo(current_user.actor, change_id, at=utcnow())
    except Conflict as error:
        return _refusal(change_id, error)
    tell("Undone.", undo=True)
    return redirect(places.wanted(url_for("admin.activity")), 303)


def _refusal(change_id: int, error: Conflict) -> Response:
    """Say why it cannot be undone: what has changed since, by whom."""
    things = error.facts.get("conflicts", [])
    changes = activity.since(current_user.actor, change_id, things)
    lists = list_rows.names(current_user.actor, differences.list_ids(changes))
    page = render_template(
        "admin/activity/refusal.html",
        error=error,
        changes=changes,
        lists=lists,
        back=places.wanted(url_for("admin.activity")),
    )
    return make_response(page, 409)
