"""/admin/trash: looked through, brought back from, emptied."""

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin import paging, places, trash_picking, trash_words
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.clock import utcnow
from todoapp.errors import Conflict
from todoapp.limits import BULK_MAX, COUNT_MAX
from todoapp.schemas.trash import TrashQuery
from todoapp.services import trash_expiry, trash_lines, trash_picks
from todoapp.services.trash_lines import Picked

#: How many names the page that asks tells of each kind.
_NAMED = 10


@pages.get("/trash")
def trash() -> str:
    """Show what is there, newest first."""
    return _page()


@pages.post("/trash/restore")
def restore_trash() -> Response | tuple[str, int]:
    """Bring back what is picked."""
    picked = trash_picking.pick()
    try:
        done = trash_picks.restore(current_user.actor, picked, at=utcnow())
    except Conflict as error:
        return _page(error.detail), 409
    tell(trash_words.restored(picked, done), undo=done.lists + done.todos > 0)
    return redirect(places.wanted(url_for("admin.trash")), 303)


@pages.get("/trash/purge")
def leave_trash() -> str:
    """Ask whether what is picked is to be deleted for good."""
    picked = trash_picking.pick()
    some = Picked(picked.list_ids[:_NAMED], picked.todo_ids[:_NAMED])
    return render_template(
        "admin/trash/purge.html",
        picked=picked,
        names=trash_lines.names(current_user.actor, some),
        named=trash_picking.named(),
        most=BULK_MAX,
        back=places.wanted(url_for("admin.trash")),
    )


@pages.post("/trash/purge")
def purge_trash() -> Response:
    """Delete what is picked for good; ask first."""
    back = places.wanted(url_for("admin.trash"))
    if "sure" not in request.form:
        return redirect(url_for("admin.leave_trash", **trash_picking.named(), next=back), 303)
    done = trash_picks.purge(current_user.actor, trash_picking.pick(), at=utcnow())
    tell(trash_words.purged(done))
    return redirect(back, 303)


def _page(refusal: str = "") -> str:
    query = paging.asked(TrashQuery)
    place = paging.place(query, str, int, int)
    lines, after = trash_lines.page(current_user.actor, query, place)
    return render_template(
        "admin/trash/index.html",
        lines=lines,
        text=request.args.get("q", ""),
        text_error=paging.refused(TrashQuery).get("q"),
        refusal=refusal,
        most=COUNT_MAX,
        kept=trash_expiry.kept(),
        turns=paging.turns(after),
    )
