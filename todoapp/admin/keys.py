"""/admin/keys: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/keys")
def keys() -> str:
    """Not there yet."""
    abort(404)
