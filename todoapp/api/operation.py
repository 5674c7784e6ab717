"""What a route of the API declares, once: the scope it demands, what it takes, what it answers.

The declaration does the checking (who, may they, is the query right, can the body be read, in
this order), and the OpenAPI document and `flask todo routes` are made from it. The body's values
are checked by the service, after the preconditions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

from flask import Response
from marshmallow import Schema

from todoapp.limits import Scope
from todoapp.schemas.query import WriteQuery, with_everyone
from todoapp.schemas.strict import Strict, StrictQuery
from todoapp.services.access import Actor, require_scope, seeing_everyone
from todoapp.web import rate_limits, retries
from todoapp.web.body import json_body
from todoapp.web.current import app_context, request_context
from todoapp.web.identify import identify

Answers = Mapping[int, type[Schema] | None]
View = Callable[..., Response]


@dataclass(frozen=True)
class Operation:
    """The declaration of one route."""

    #: What the key must have; None: any key will do.
    scope: Scope | None = None
    #: Answers without a key.
    public: bool = False
    query: type[StrictQuery] = StrictQuery
    #: An administrator may make the call for everybody's rows (`everyone=true`).
    everyone: bool = False
    body: type[Strict] | None = None
    #: The body may be left out.
    body_optional: bool = False
    #: The schema of each success; None: no body.
    answers: Answers = field(default_factory=dict)
    #: It answers 200 with a file, of one of these media types.
    files: tuple[str, ...] = ()
    #: The statuses of its own problems, beside those that every operation can have.
    problems: tuple[int, ...] = ()
    #: It takes If-Match.
    conditional: bool = False
    #: Its answer or its body holds a secret, of which nothing, not even a digest, is kept for a
    #: retry (Idempotency-Key).
    secret: bool = False

    @cached_property
    def parameters(self) -> type[StrictQuery]:
        """All that the query string may hold."""
        return with_everyone(self.query) if self.everyone else self.query


def operation(**declared: Any) -> Callable[[View], View]:
    """Declare a view, called with `actor`, and with `query` and `body` where declared.

    A route's docstring is its description in the reference.
    """
    declaration = Operation(**declared)

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(**arguments: Any) -> Response:
            if declaration.public:
                rate_limits.count_address()
            else:
                arguments["actor"] = _caller(declaration)
            query = _query(declaration)
            app_context().g.validate_only = query.pop("validate_only", False)
            if query.pop("everyone", False):
                arguments["actor"] = seeing_everyone(arguments["actor"])
            if declaration.query not in (StrictQuery, WriteQuery):
                arguments["query"] = query
            if declaration.body is not None:
                arguments["body"] = json_body(optional=declaration.body_optional)
            request = request_context().request
            if request.method == "POST" and retries.HEADER in request.headers:
                return _once(declaration, view, arguments)
            return view(**arguments)

        checked.operation = declaration  # type: ignore[attr-defined]
        return checked

    return decorate


def _caller(declaration: Operation) -> Actor:
    actor = identify()
    if declaration.scope is not None:
        require_scope(actor, declaration.scope)
    return actor


def _once(declaration: Operation, view: View, arguments: dict[str, Any]) -> Response:
    if app_context().g.validate_only:
        return view(**arguments)
    if declaration.secret:
        retries.refuse()
    return retries.once(arguments["actor"], lambda: view(**arguments))


def _query(declaration: Operation) -> dict[str, Any]:
    """Return the parameters. Most calls have none, and those that do may not be unknown."""
    request = request_context().request
    if not request.query_string:
        return declaration.parameters.defaults()
    return declaration.parameters.parse_query(request.args.to_dict(flat=False))
