"""What a route of the API declares, once: the scope it demands, what it takes, what it answers.

The declaration does the checking (who, may they, is the query right, can the body be read, in
this order), and the OpenAPI document and `flask todo routes` are made from it. The body's values
are checked by the service, after the preconditions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Response, request
from marshmallow import Schema

from todoapp.limits import Scope
from todoapp.schemas.strict import Strict, StrictQuery
from todoapp.services.access import require_scope
from todoapp.web.body import json_body
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
    body: type[Strict] | None = None
    #: The body may be left out.
    body_optional: bool = False
    #: The schema of each success; None: no body.
    answers: Answers = field(default_factory=dict)
    #: The statuses of its own problems, beside those that every operation can have.
    problems: tuple[int, ...] = ()
    #: It takes If-Match.
    conditional: bool = False


def operation(**declared: Any) -> Callable[[View], View]:
    """Declare a view, called with `actor`, and with `query` and `body` where declared.

    A route's docstring is its description in the reference.
    """
    declaration = Operation(**declared)

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(**arguments: Any) -> Response:
            if not declaration.public:
                actor = arguments["actor"] = identify()
                if declaration.scope is not None:
                    require_scope(actor, declaration.scope)
            query = _query(declaration)
            if declaration.query is not StrictQuery:
                arguments["query"] = query
            if declaration.body is not None:
                arguments["body"] = json_body(optional=declaration.body_optional)
            return view(**arguments)

        checked.operation = declaration  # type: ignore[attr-defined]
        return checked

    return decorate


def _query(declaration: Operation) -> dict[str, Any]:
    """Return the parameters. Most calls have none, and those that do may not be unknown."""
    if not request.query_string:
        return declaration.query.defaults()
    return declaration.query.parse_query(request.args.to_dict(flat=False))
