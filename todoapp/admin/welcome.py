"""/admin: where a browser lands."""

from flask import Blueprint, Flask, render_template

pages = Blueprint("admin", __name__, url_prefix="/admin")


def install(app: Flask) -> None:
    """Serve the page."""
    app.register_blueprint(pages)


@pages.get("/")
def welcome() -> str:
    """Say what runs here and where to go on."""
    return render_template("admin/welcome.html")
