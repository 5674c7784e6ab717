"""/admin/todos/export: the todos of a list, all its pages, as a file."""

from flask import request
from flask_login import current_user
from werkzeug import Response

from todoapp.admin.blueprint import pages
from todoapp.admin.todo_state import State
from todoapp.clock import utcnow
from todoapp.schemas.todo_export import MEDIA_TYPES, ExportQuery
from todoapp.services import export
from todoapp.web.downloads import download
from todoapp.web.hosts import base_url


@pages.get("/todos/export")
def export_todos() -> Response:
    """Return the file, in the format that is named."""
    actor, now = current_user.actor, utcnow()
    asked = State.of(request.args).without("page_size").asked
    asked["format"] = request.args.get("format", "jsonl")
    query = ExportQuery.parse_query({name: [text] for name, text in asked.items()})
    kind = query["format"]
    parts = export.parts(actor, query, base=base_url(), now=now)
    name = f"todos-{now.astimezone(actor.zone).date()}.{kind}"
    return download(parts, content_type=MEDIA_TYPES[kind], name=name)
