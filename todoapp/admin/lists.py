"""/admin/lists: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/lists")
def lists() -> str:
    """Not there yet."""
    abort(404)


@pages.get("/lists/<id:list_id>")
def list_(list_id: int) -> str:  # noqa: ARG001
    """Not there yet."""
    abort(404)
