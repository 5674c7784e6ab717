"""/todos/export"""

from typing import Any

from flask import Response, request

from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.todo_export import MEDIA_TYPES, ExportQuery
from todoapp.services import export
from todoapp.services.access import Actor
from todoapp.web.downloads import download
from todoapp.web.hosts import base_url

#: The format of each media type, without its parameters; the first is the default.
_FORMATS = {kind.partition(";")[0]: name for name, kind in MEDIA_TYPES.items()}


@v1.get("/todos/export")
@operation(scope=Scope.TODOS_READ, everyone=True, query=ExportQuery, files=tuple(_FORMATS))
def export_todos(actor: Actor, query: dict[str, Any]) -> Response:
    """Export todos.

    All that the same filters list, as one file of any size: JSON lines, each a todo as GET answers
    it, or CSV for spreadsheets. If the file breaks off, the last chunk of the answer is missing.
    """
    now = utcnow()
    kind = query.setdefault("format", _accepted())
    parts = export.parts(actor, query, base=base_url(), now=now)
    name = f"todos-{now.astimezone(actor.zone).date()}.{kind}"
    response = download(parts, content_type=MEDIA_TYPES[kind], name=name)
    response.headers.add("Vary", "Accept")
    return response


def _accepted() -> str:
    """Return the format that the request prefers."""
    preferred = request.accept_mimetypes.best_match(_FORMATS)
    return _FORMATS[preferred] if preferred else "jsonl"
