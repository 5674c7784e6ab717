"""/admin/trash: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/trash")
def trash() -> str:
    """Not there yet."""
    abort(404)
