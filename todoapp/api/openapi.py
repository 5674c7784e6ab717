"""The OpenAPI document, made from what the routes declare."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from inspect import getdoc
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema
from werkzeug.routing import Rule

from todoapp import __version__
from todoapp.api.operation import Operation
from todoapp.schemas.problem import Problem
from todoapp.schemas.todo_out import SparseTodoOut
from todoapp.web.problems import BY_STATUS, KINDS

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_TAGS = {
    "todos": "Todos",
    "lists": "Lists",
    "api_keys": "API keys",
    "me": "Yourself",
    "docs": "Yourself",
}
_ABOUT = """To-dos as JSON. Send an API key as `X-API-Key` or `Authorization: Bearer`.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problems; unknown fields and
parameters are refused, never dropped. A change may name the version that it was made from, by
`If-Match` or `version`, and is refused with 412 if somebody saved another one meanwhile."""


@cache
def document(app: Flask) -> dict[str, Any]:
    """Return the document of `app`, without its servers."""
    spec = APISpec(
        title="todoapp",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        tags=[{"name": name} for name in dict.fromkeys(_TAGS.values())],
        security=[{"header": []}, {"bearer": []}],
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
    )
    for name, scheme in _SECURITY.items():
        spec.components.security_scheme(name, scheme)
    spec.components.schema("SparseTodo", schema=SparseTodoOut)
    for rule, method, name, declared in operations(app):
        view = app.view_functions[rule.endpoint]
        described = _described(rule, name, view, declared)
        spec.path(path=path_of(rule), operations={method: described})
    return spec.to_dict()


_SECURITY = {
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}


def operations(app: Flask) -> Iterator[tuple[Rule, str, str, Operation]]:
    """Yield every route of /api/v1: rule, method, the name of the view, what it declares."""
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], "operation", None)
        if declared is None or not rule.endpoint.startswith("api."):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method.lower(), rule.endpoint.removeprefix("api."), declared


def _schema_name(schema: Any) -> str:
    made = schema if isinstance(schema, type) else type(schema)
    return made.__name__.removesuffix("Out")


def path_of(rule: Rule) -> str:
    """Return the path of a rule as OpenAPI writes it."""
    return _PARAMETER.sub(r"{\1}", rule.rule)


def _described(
    rule: Rule, name: str, view: Callable[..., Any], declared: Operation
) -> dict[str, Any]:
    summary, _, description = (getdoc(view) or "").partition("\n\n")
    module = view.__module__.rpartition(".")[2]
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [_TAGS[module]],
        "summary": summary.rstrip("."),
        "description": f"{description or summary}\n\n{_needs(declared)}".strip(),
        "parameters": [*_path(rule), *_conditional(declared), *_query(declared)],
        "responses": _responses(declared),
    }
    if declared.public:
        described["security"] = []
    if declared.body is not None:
        described["requestBody"] = _body(rule, declared)
    return described


def _needs(declared: Operation) -> str:
    if declared.public:
        return "Needs no key."
    return f"Needs the scope `{declared.scope}`." if declared.scope else "Any key will do."


def _path(rule: Rule) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        schema = {"type": "integer", "minimum": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _conditional(declared: Operation) -> Iterator[dict[str, Any]]:
    text = {"type": "string"}
    if declared.conditional:
        doc = 'Only if its version is still this one: `"3"`; `*`: only if it exists.'
        yield {"name": "If-Match", "in": "header", "schema": text, "description": doc}
    if 304 in declared.answers:
        doc = "Only if its version is another one: then 200, else 304."
        yield {"name": "If-None-Match", "in": "header", "schema": text, "description": doc}


def _query(declared: Operation) -> Iterator[dict[str, Any]]:
    for name, field in declared.query().fields.items():
        schema = dict(field.metadata)
        doc = schema.pop("description", None)
        parameter = {"name": field.data_key or name, "in": "query", "schema": schema}
        yield parameter | ({"description": doc} if doc else {})


def _body(rule: Rule, declared: Operation) -> dict[str, Any]:
    kinds = ["application/json"]
    if "PATCH" in (rule.methods or ()):
        kinds.append("application/merge-patch+json")
    content = {kind: {"schema": declared.body} for kind in kinds}
    return {"required": not declared.body_optional, "content": content}


def _responses(declared: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, schema in declared.answers.items():
        responses[str(status)] = _success(status, schema, declared)
    for status in sorted({*declared.problems, *_common(declared)}):
        responses[str(status)] = {
            "description": KINDS[BY_STATUS[status]].title,
            "content": {"application/problem+json": {"schema": Problem}},
        }
    return responses


_TITLES = {200: "Done", 201: "Created", 204: "Done; there is nothing to say", 304: "Not modified"}


def _success(status: int, schema: type[Schema] | None, declared: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {"description": _TITLES[status]}
    if schema is not None:
        described["content"] = {"application/json": {"schema": schema}}
    headers: dict[str, Any] = {}
    if status == 201:
        headers["Location"] = {"schema": {"type": "string", "format": "uri"}}
    if declared.conditional or 304 in declared.answers:
        headers["ETag"] = {"schema": {"type": "string"}, "description": "The version."}
    if headers and status != 204:
        described["headers"] = headers
    return described


def _common(declared: Operation) -> Iterator[int]:
    """Yield the statuses of the problems that a declaration implies."""
    yield from (400, 422, 503)
    if not declared.public:
        yield 401
        if declared.scope is not None:
            yield 403
    if declared.body is not None:
        yield from (413, 415)
