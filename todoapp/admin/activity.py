"""/admin/activity: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/activity")
def activity() -> str:
    """Not there yet."""
    abort(404)
