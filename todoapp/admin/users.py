"""/admin/users: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/users")
def users() -> str:
    """Not there yet."""
    abort(404)
