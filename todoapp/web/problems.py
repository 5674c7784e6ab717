"""The catalogue of problems: each code has a status, a title, and a page that says what to do."""

from typing import NamedTuple

from flask import Blueprint, Flask, abort, render_template

pages = Blueprint("problems", __name__)


class Kind(NamedTuple):
    """One kind of problem."""

    status: int
    title: str
    #: For the page: what happened, and what the reader can do.
    advice: str


KINDS: dict[str, Kind] = {
    "malformed": Kind(
        400,
        "The request cannot be read",
        "The body is not valid JSON, or something else in the request breaks its own format. "
        "The detail says where. Send JSON in UTF-8 with each key once, and nothing deeper than "
        "32 levels.",
    ),
    "bad-page-token": Kind(
        400,
        "The page token is not valid here",
        "A page token belongs to the caller, the filters and the sort that it was given for. "
        "Send it with exactly those, or leave it out to begin at the first page.",
    ),
    "untrusted-host": Kind(
        400,
        "The host name is not ours",
        "The service answers only to the host names that its operator trusts. Use one of those, "
        "or have yours added to TODOAPP_TRUSTED_HOSTS.",
    ),
    "unauthenticated": Kind(
        401,
        "A valid API key is needed",
        "Send a key in the header `X-API-Key: todo_…` or `Authorization: Bearer todo_…`. A key "
        "in the URL is not accepted. A key that has expired or been revoked stays so: make a new "
        "one.",
    ),
    "forbidden": Kind(403, "Not allowed", "You may see this, but not do this with it."),
    "insufficient-scope": Kind(
        403,
        "The key lacks a scope",
        "`required_scope` names what the key would need. Use a key that has it, or make one.",
    ),
    "insufficient-role": Kind(
        403,
        "Your role in the list does not allow this",
        "A viewer reads, an editor changes todos, an owner changes the list itself. Ask the "
        "list's owner for another role.",
    ),
    "not-found": Kind(
        404,
        "There is no such thing",
        "It never existed, is gone for good, or is not yours to see: the answer is the same. "
        "Check the id and the path.",
    ),
    "method-not-allowed": Kind(
        405,
        "This method does not work here",
        "The header Allow names the methods that do.",
    ),
    "not-acceptable": Kind(406, "Not acceptable", "The answer is JSON; accept it."),
    "timeout": Kind(408, "The request took too long", "Send it again."),
    "conflict": Kind(
        409,
        "The state of things does not allow this",
        "The detail says what stands in the way. Read the thing again and decide anew.",
    ),
    "in-trash": Kind(
        409,
        "It is in the trash",
        "What is in the trash does not change. Restore it first, or what it belongs to.",
    ),
    "not-in-trash": Kind(409, "It is not in the trash", "There is nothing to restore."),
    "uid-taken": Kind(
        409,
        "The uid is taken",
        "A `uid` is unique in its list. `todo_id` names the todo that has it: change that one, or "
        "choose another uid.",
    ),
    "inbox": Kind(
        409,
        "The Inbox stays",
        "Everybody has one Inbox: it cannot be archived or deleted.",
    ),
    "username-taken": Kind(409, "The name is taken", "Choose another username."),
    "username-reserved": Kind(409, "The name is reserved", "Choose another username."),
    "email-taken": Kind(409, "The address is taken", "Somebody else has this e-mail address."),
    "gone": Kind(410, "It is no longer kept", "Begin anew from the present state."),
    "precondition-failed": Kind(
        412,
        "It has changed meanwhile",
        "Somebody saved another version after the one that you named. `current` is the thing as "
        "it stands: apply your change to it and send it again with its version.",
    ),
    "content-too-large": Kind(413, "Too much was sent", "A body has at most 1 MiB."),
    "uri-too-long": Kind(414, "The URL is too long", "Shorten the query."),
    "unsupported-media-type": Kind(
        415,
        "The body is of another kind",
        "Send `Content-Type: application/json`; PATCH also takes `application/merge-patch+json`.",
    ),
    "validation-failed": Kind(
        422,
        "The request is not valid",
        "It was understood, but some of its values cannot be accepted. `errors` lists every one: "
        "`pointer` says where in the body (RFC 6901), `parameter` which query parameter.",
    ),
    "too-many-requests": Kind(429, "Too many requests", "Wait as long as Retry-After says."),
    "headers-too-large": Kind(431, "The headers are too large", "Send fewer or shorter ones."),
    "internal-error": Kind(
        500,
        "Something went wrong on our side",
        "It is not your fault. The operator finds the reason in the log by the `request_id`.",
    ),
    "not-implemented": Kind(501, "Not implemented", "This method is not known here."),
    "unavailable": Kind(
        503,
        "The database is not available",
        "Nothing was changed, unless the detail says that it is not known. Try again after the "
        "seconds in Retry-After.",
    ),
}

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
