"""/admin/system: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/system")
def system() -> str:
    """Not there yet."""
    abort(404)
