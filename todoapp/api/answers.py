"""How answers are written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response
from marshmallow import Schema
from werkzeug.datastructures import Headers

from todoapp.schemas.todo_out import TodoRow, todo_dict, write_json
from todoapp.services import todo_rows
from todoapp.services.access import Actor
from todoapp.web.etags import etag, is_fresh
from todoapp.web.hosts import base_url

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON = "application/json"


class Json(Response):
    """JSON with its length, and headers that need no mending."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """Return the headers as they stand, where Werkzeug's own would be a copy of them.

        To copy them takes as long as to look up the key. Their Location is a whole URL; other
        statuses lose their length, which Werkzeug sees to.
        """
        return self.headers if self.status_code in (200, 201) else super().get_wsgi_headers(environ)

    def get_app_iter(self, environ: "WSGIEnvironment") -> Iterable[bytes]:
        """Return the document as it is, unless there is something to do after it."""
        if environ["REQUEST_METHOD"] == "HEAD" or self._on_close:
            return super().get_app_iter(environ)
        return self.response  # type: ignore[return-value]


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return `document` as JSON."""
    return Json(write_json(document), status, headers, content_type=JSON)


def nothing() -> Response:
    """Return 204."""
    return _bare(204)


def not_modified(version: int) -> Response:
    """Return 304: the client has it already."""
    response = _bare(304)
    response.headers["ETag"] = etag(version)
    return response


def _bare(status: int) -> Response:
    response = Response(status=status)
    del response.headers["Content-Type"]  # there is no content for it to speak of
    return response


def todo(row: Sequence[Any]) -> Response:
    """Return the todo of a row (schemas.todo_out.TodoRow), unless the client has it already."""
    version: int = row[2]
    if is_fresh(version):
        return not_modified(version)
    return answer(todo_dict(row, base_url()), headers={"ETag": etag(version)})


def created_todo(row: TodoRow) -> Response:
    """Return a new todo."""
    document = todo_dict(row, base_url())
    headers = {"ETag": etag(row.version), "Location": document["url"]}
    return answer(document, 201, headers)


def written_todo(actor: Actor, todo_id: int) -> Response:
    """Return the todo as this request has left it."""
    row = todo_rows.read(actor, todo_id)
    return answer(todo_dict(row, base_url()), headers={"ETag": etag(row.version)})


def resource(schema: type[Schema], row: Any, status: int = 200) -> Response:
    """Return something versioned, by its schema; a GET only unless the client has it already."""
    if status == 200 and is_fresh(row.version):
        return not_modified(row.version)
    document = schema(base=base_url()).dump(row)  # type: ignore[call-arg]
    headers = {"ETag": etag(row.version)}
    if status == 201:
        headers["Location"] = document["url"]
    return answer(document, status, headers)
