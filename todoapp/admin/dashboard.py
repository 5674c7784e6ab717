"""/admin: where a browser lands."""

from flask import render_template

from todoapp.admin.blueprint import pages


@pages.get("/")
def dashboard() -> str:
    """Say what runs here and where to go on."""
    return render_template("admin/dashboard.html")
