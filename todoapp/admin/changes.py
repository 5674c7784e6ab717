"""/admin/changes: taking back what was done."""

from flask import redirect, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin import places
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.clock import utcnow
from todoapp.services import undo as undoing


@pages.post("/changes/<id:change_id>/undo")
def undo(change_id: int) -> Response:
    """Undo the operation that the change belongs to; that can be undone in turn."""
    undoing.undo(current_user.actor, change_id, at=utcnow())
    tell("Undone.", undo=True)
    return redirect(places.wanted(url_for("admin.activity")), 303)
