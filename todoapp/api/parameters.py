"""What the OpenAPI document says of the parameters of a call."""

from collections.abc import Iterator
from typing import Any

from werkzeug.routing import Rule

from todoapp.api.operation import Operation
from todoapp.limits import IDEMPOTENCY_KEY_MAX, USERNAME_PATTERN
from todoapp.web import retries


def in_path(rule: Rule) -> Iterator[dict[str, Any]]:
    """Yield what stands in the path of a rule."""
    for name in sorted(rule.arguments):
        schema: dict[str, Any] = {"type": "integer", "minimum": 1}
        if f"<text:{name}>" in rule.rule:
            schema = {"type": "string", "minLength": 1, "example": "home"}
        elif f"<username:{name}>" in rule.rule:
            schema = {"type": "string", "pattern": f"^{USERNAME_PATTERN}$", "example": "ada"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def conditional(declared: Operation) -> Iterator[dict[str, Any]]:
    """Yield the headers of preconditions, where it takes them."""
    text = {"type": "string"}
    if declared.conditional:
        doc = 'Only if its version is still this one: `"3"`; `*`: only if it exists.'
        yield {"name": "If-Match", "in": "header", "schema": text, "description": doc}
    if 304 in declared.answers:
        doc = "Only if its version is another one: then 200, else 304."
        yield {"name": "If-None-Match", "in": "header", "schema": text, "description": doc}


def retryable(rule: Rule, declared: Operation) -> Iterator[dict[str, Any]]:
    """Yield the header that makes a retry safe, where there is one."""
    if "POST" in (rule.methods or ()) and not declared.secret:
        doc = "Makes a retry safe: the same key with the same request is done once, for 24 hours."
        schema = {"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_MAX}
        yield {"name": retries.HEADER, "in": "header", "schema": schema, "description": doc}


def in_query(declared: Operation) -> Iterator[dict[str, Any]]:
    """Yield what the query string may hold."""
    for name, field in declared.parameters().fields.items():
        schema = dict(field.metadata)
        doc = schema.pop("description", None)
        parameter = {"name": field.data_key or name, "in": "query", "schema": schema}
        yield parameter | ({"description": doc} if doc else {})
