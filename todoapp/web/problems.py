"""Problems: what an error of HTTP is called, and a page for each kind that says what to do."""

from flask import Blueprint, Flask, abort, render_template

from todoapp.web.problem_kinds import KINDS

pages = Blueprint("problems", __name__)


#: What an error of HTTP itself is called, by its status.
BY_STATUS = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "timeout",
    409: "conflict",
    410: "gone",
    412: "precondition-failed",
    413: "content-too-large",
    414: "uri-too-long",
    415: "unsupported-media-type",
    422: "validation-failed",
    429: "too-many-requests",
    431: "headers-too-large",
    501: "not-implemented",
    503: "unavailable",
}


def install(app: Flask) -> None:
    """Serve a page for each kind, which is what `type` in a problem links to."""
    app.register_blueprint(pages)


@pages.get("/problems/<code>")
def problem(code: str) -> str:
    """Explain one kind of problem to people."""
    if code not in KINDS:
        abort(404)
    return render_template("problem.html", code=code, kind=KINDS[code])


@pages.get("/problems")
def index() -> str:
    """List every kind of problem."""
    return render_template("problems.html", kinds=KINDS)
