"""/admin/account: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/account")
def account() -> str:
    """Not there yet."""
    abort(404)
