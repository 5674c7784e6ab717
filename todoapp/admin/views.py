"""/admin/views: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/views")
def views() -> str:
    """Not there yet."""
    abort(404)
