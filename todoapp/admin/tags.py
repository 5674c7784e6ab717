"""/admin/tags: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/tags")
def tags() -> str:
    """Not there yet."""
    abort(404)
