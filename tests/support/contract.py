"""Every answer that the suite gets from /api/v1 is held against the OpenAPI document."""

import copy
import csv
import io
import json
from functools import cache
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from todoapp.api.openapi import document as openapi_document
from todoapp.api.openapi import path_of

URN = "urn:openapi"


def check(app: Flask, response: TestResponse) -> None:
    """Fail unless `response` is one that the document allows for its request."""
    request = response.request
    try:
        rule, _ = app.url_map.bind("localhost").match(
            request.path, request.method, return_rule=True
        )
    except HTTPException:
        return  # not an operation
    method = "get" if request.method == "HEAD" else request.method.lower()
    if request.method == "OPTIONS" or not rule.endpoint.startswith("api."):
        return
    path = path_of(rule)
    document = _closed(app)
    operation = document["paths"][path][method]
    described = operation["responses"].get(str(response.status_code))
    assert described, f"{method} {path} may not answer {response.status_code}: {response.text}"
    _check_body(
        document, response, described, [path, method, "responses", str(response.status_code)]
    )


def _closed(app: Flask) -> dict[str, Any]:
    """Return the document of every application: that of the first."""
    if not _documents:
        _documents.append(_close(openapi_document(app)))
    return _documents[0]


_documents: list[dict[str, Any]] = []


def _close(described: dict[str, Any]) -> dict[str, Any]:
    """Return the document, its answers holding nothing that it does not name."""
    document = copy.deepcopy(described)
    for name, schema in document["components"]["schemas"].items():
        if name not in ("Index", "OpenApi"):
            schema.setdefault("additionalProperties", False)
    return document


def _check_body(
    document: dict[str, Any], response: TestResponse, described: dict[str, Any], at: list[str]
) -> None:
    if "content" not in described:
        assert response.data == b""
        return
    assert response.mimetype in described["content"]
    if response.request.method == "HEAD":
        return
    if response.mimetype in _FILES:
        _FILES[response.mimetype](document, response)
        return
    at = ["paths", *at, "content", response.mimetype, "schema"]
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in at)
    _validator(id(document), pointer, _Ref(document)).validate(response.get_json())
    assert response.data.endswith(b"\n")


def _check_json_lines(document: dict[str, Any], response: TestResponse) -> None:
    name = "SparseTodo" if "fields" in response.request.args else "Todo"
    validator = _validator(id(document), f"/components/schemas/{name}", _Ref(document))
    for line in response.data.splitlines(keepends=True):
        validator.validate(json.loads(line))
        assert line.endswith(b"\n")


def _check_csv(_document: dict[str, Any], response: TestResponse) -> None:
    text = response.data.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert all(len(row) == len(head) for row in rows)
    assert text.endswith("\r\n")


#: How an answer of each kind is checked that is no JSON.
_FILES = {"application/jsonl": _check_json_lines, "text/csv": _check_csv}


class _Ref:
    """A document that hashes, so that its validators can be kept."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ref) and other.document is self.document


@cache
def _validator(_id: int, pointer: str, reference: _Ref) -> Draft202012Validator:
    resource = Resource(contents=reference.document, specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(URN, resource)
    return Draft202012Validator(
        {"$ref": f"{URN}#{pointer}"},
        registry=registry,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
