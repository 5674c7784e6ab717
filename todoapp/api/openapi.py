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
from todoapp.api import parameters
from todoapp.api.groups import GROUPS, TEXTS
from todoapp.api.operation import Operation
from todoapp.schemas.answer import Valid
from todoapp.schemas.batch import OPERATIONS
from todoapp.schemas.problem import Problem
from todoapp.schemas.query import WriteQuery
from todoapp.schemas.strict import Strict
from todoapp.schemas.todo_out import SparseTodoOut
from todoapp.web.problem_kinds import KINDS
from todoapp.web.problems import BY_STATUS

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_ABOUT = """To-dos as JSON. Send an API key as `X-API-Key` or `Authorization: Bearer`; people log in
at `/auth/token` for an access token, which goes into the latter.

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
        info={
            "description": _ABOUT,
            "contact": {"name": "Whoever runs this service"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        tags=_groups(app),
        security=[{"header": []}, {"bearer": []}],
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
    )
    for name, scheme in _SECURITY.items():
        spec.components.security_scheme(name, scheme)
    spec.components.schema("SparseTodo", schema=SparseTodoOut)
    for kind in OPERATIONS.values():
        spec.components.schema(kind.__name__, schema=kind)
    for rule, method, name, declared in operations(app):
        view = app.view_functions[rule.endpoint]
        described = _described(rule, name, view, declared)
        status, within = _source(rule, method)
        if status in described["responses"] and (links := _links(app, rule, within)):
            described["responses"][status]["links"] = links
        spec.path(path=path_of(rule), operations={method: described})
    made = spec.to_dict()
    for _rule, _method, _name, declared in operations(app):
        _add_read_only(made["components"]["schemas"], declared.body)
    return made


def _groups(app: Flask) -> list[dict[str, str]]:
    """Return the groups that have routes."""
    modules = {app.view_functions[f"api.{name}"].__module__ for *_, name, _d in operations(app)}
    used = {GROUPS[module.rpartition(".")[2]] for module in modules}
    return [{"name": name, "description": text} for name, text in TEXTS.items() if name in used]


_SECURITY = {
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}


def operations(app: Flask) -> Iterator[tuple[Rule, str, str, Operation]]:
    """Yield every route of /api/v1: rule, method, the name of the view, what it declares.

    In the order of the groups, and in each as its modules are named there.
    """
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    for rule in sorted(rules, key=lambda rule: _place(app, rule)):
        declared = getattr(app.view_functions[rule.endpoint], "operation", None)
        if declared is None:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method.lower(), rule.endpoint.removeprefix("api."), declared


def _place(app: Flask, rule: Rule) -> int:
    module = app.view_functions[rule.endpoint].__module__.rpartition(".")[2]
    return list(GROUPS).index(module) if module in GROUPS else len(GROUPS)


def _source(rule: Rule, method: str) -> tuple[str, str]:
    """Return the status of the answers that tell an id, and where in them it is.

    It is that of what was made; of what no POST makes, that of the first on a page.
    """
    name = path_of(rule).rpartition("/")[2]
    return ("200", f"{name}/0/") if method == "get" and name in _FOUND else ("201", "")


#: The collections of what no POST makes.
_FOUND = {"tags", "sessions", "jobs"}


def _links(app: Flask, collection: Rule, within: str) -> dict[str, Any]:
    """Return what can be done with one of a collection, whose id is `within` an answer."""
    links = {}
    for rule, _method, name, _declared in operations(app):
        if rule.rule.startswith(f"{collection.rule}/<") and len(rule.arguments) == 1:
            (argument,) = rule.arguments
            key = argument if argument in ("username", "name") else "id"
            where = f"$response.body#/{within}{key}"
            links[name] = {"operationId": name, "parameters": {argument: where}}
    return links


def _add_read_only(schemas: dict[str, Any], body: type[Strict] | None) -> None:
    """Name what a body may hold as it was got, to no effect."""
    for name in sorted(body.read_only if body else ()):
        described = {"readOnly": True, "description": "Passed over, whatever it is."}
        schemas[_schema_name(body)]["properties"][name] = described


def _schema_name(schema: Any) -> str:
    return (schema if isinstance(schema, type) else type(schema)).__name__.removesuffix("Out")


def path_of(rule: Rule) -> str:
    """Return the path of a rule as OpenAPI writes it; both spellings of its end answer."""
    return _PARAMETER.sub(r"{\1}", rule.rule).rstrip("/")


def _described(
    rule: Rule, name: str, view: Callable[..., Any], declared: Operation
) -> dict[str, Any]:
    summary, _, description = (getdoc(view) or "").partition("\n\n")
    module = view.__module__.rpartition(".")[2]
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [GROUPS[module]],
        "summary": summary.rstrip("."),
        "description": f"{description or summary}\n\n{_needs(declared)}".strip(),
        "parameters": [
            *parameters.in_path(rule),
            *parameters.conditional(declared),
            *parameters.retryable(rule, declared),
            *parameters.in_query(declared),
        ],
        "responses": _responses(rule, declared),
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


def _body(rule: Rule, declared: Operation) -> dict[str, Any]:
    kinds = ["application/json"]
    if "PATCH" in (rule.methods or ()):
        kinds.append("application/merge-patch+json")
    content = {kind: {"schema": declared.body} for kind in kinds}
    return {"required": not declared.body_optional, "content": content}


def _responses(rule: Rule, declared: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, schema in declared.answers.items():
        responses[str(status)] = _success(status, schema, declared)
    if declared.files:
        responses["200"] = _file(declared.files)
    if issubclass(declared.query, WriteQuery):
        responses["200"] = _or_valid(responses.get("200"))
    for status in sorted({*declared.problems, *_common(rule, declared)}):
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


def _file(kinds: tuple[str, ...]) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "description": "A file",
        "content": {kind: {"schema": text} for kind in kinds},
        "headers": {"Content-Disposition": {"schema": text, "description": "Its name."}},
    }


def _or_valid(success: dict[str, Any] | None) -> dict[str, Any]:
    """Return the answer of a write with status 200, `validate_only` included."""
    if success is None:
        content = {"application/json": {"schema": Valid}}
        return {"description": "It would have succeeded (`validate_only`)", "content": content}
    schema = success["content"]["application/json"]["schema"]
    either = {"application/json": {"schema": {"anyOf": [schema, Valid]}}}
    return success | {"content": either}


def _common(rule: Rule, declared: Operation) -> Iterator[int]:
    """Yield the statuses of the problems that a declaration implies."""
    yield from (400, 422, 429, 503)
    if not declared.public:
        yield 401
        if declared.scope is not None:
            yield 403
    if declared.body is not None:
        yield from (413, 415)
    if any(parameters.retryable(rule, declared)):
        yield from (404, 409)
