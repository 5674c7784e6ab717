"""The OpenAPI document, and its interactive reader at /docs."""

from importlib.resources import files

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    render_template,
    send_from_directory,
)

from todoapp.api.answers import answer
from todoapp.api.blueprint import v1
from todoapp.api.openapi import document
from todoapp.api.operation import operation
from todoapp.schemas.index import OpenApi
from todoapp.web.headers import content_security_policy
from todoapp.web.hosts import base_url

reader = Blueprint("docs", __name__)

#: Swagger UI as its package ships it; its own page has an inline script and is not used.
_ASSETS = str(files("flask_swagger_ui") / "dist")
_ASSETS_MAX_AGE_SECONDS = 86_400


def install(app: Flask) -> None:
    """Serve the reader."""
    app.register_blueprint(reader)


@v1.get("/openapi.json")
@operation(public=True, answers={200: OpenApi})
def get_openapi() -> Response:
    """Read this document."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return answer(document(app) | {"servers": [{"url": base_url()}]})


@reader.get("/docs")
def page() -> Response:
    """Show the reference; it works without any other host."""
    response = make_response(render_template("docs.html"))
    policy = content_security_policy(img_src="'self' data:")
    response.headers["Content-Security-Policy"] = policy
    return response


@reader.get("/docs/assets/<path:name>")
def asset(name: str) -> Response:
    """Serve a file of Swagger UI."""
    return send_from_directory(_ASSETS, name, max_age=_ASSETS_MAX_AGE_SECONDS)
