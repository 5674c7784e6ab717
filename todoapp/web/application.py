"""The application: one unit of work for each request that writes."""

from collections.abc import Callable
from functools import cached_property
from time import sleep
from typing import Any

from flask import Flask, Request, Response, g
from flask.ctx import RequestContext
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.routing import BaseConverter, IntegerConverter, MapAdapter, PathConverter
from werkzeug.wsgi import get_host

from todoapp.db import forget_connections, unit_of_work
from todoapp.limits import USERNAME_PATTERN
from todoapp.web.context import origin
from todoapp.web.current import request_context

#: PostgreSQL's code for a transaction that it undid because it and another waited in a circle.
DEADLOCK = "40P01"
#: Seconds before another try: the one that won the deadlock takes its locks in them, since a
#: transaction that begins at once can overtake it and close the circle again.
PAUSES = (0.05, 0.25)
#: What a write that was only tried is answered, where it would have succeeded.
VALID = b'{"valid":true}\n'
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class IdConverter(IntegerConverter):
    """A row's id as it is written: no sign, no leading zero, at most 16 digits; else 404.

    The few beyond 2^53 that this lets through name no row. Werkzeug's own `max` would not do: it
    answers 405 where another method's rule was tried before.
    """

    regex = r"[1-9][0-9]{0,15}"


class UsernameConverter(BaseConverter):
    """Somebody's name as it is written, whether or not there is such a person; else 404."""

    regex = USERNAME_PATTERN


class TextConverter(PathConverter):
    """The rest of the path, whatever it is: a text that may begin with a slash, or end with one."""

    regex = r".+"
    part_isolating = False


class OurRequest(Request):
    """Flask's, which keeps its blueprints in mind: it is asked three times, each time anew."""

    @cached_property
    def blueprints(self) -> list[str]:
        """The names of its blueprint and of those around it; empty: it has none."""
        return super().blueprints


class Application(Flask):
    """Flask, committing at the edge.

    The commit happens here and not in an after_request function: an exception there would skip
    the error handlers.
    """

    request_class = OurRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return `func`: nothing here is async, and Flask would ask each hook in each request."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds the route of a request.

        It is made by hand: Flask's also looks for websockets, subdomains and host names that are
        not ASCII, none of which a route of ours asks for, and takes longer than to find the route.
        """
        if request is None:
            return super().create_url_adapter(None)
        request.host = get_host(request.environ)
        return MapAdapter(
            self.url_map,
            server_name=request.host,
            script_name=request.root_path,
            subdomain="",
            url_scheme=request.scheme,
            path_info=request.path,
            default_method=request.method,
            query_args=request.query_string.decode(errors="replace"),
        )

    def request_context(self, environ: dict[str, Any]) -> RequestContext:
        """Begin a request: a body that is shorter than was told has broken off, and is refused.

        Gunicorn says that it ends bodies itself, and does so as well where the client went away:
        what it had sent of a form by then would be saved as if it were all.
        """
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        return super().request_context(environ)

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request; again if a pooled connection was dead, or in a deadlock.

        By then nothing was committed: a connection that dies under COMMIT raises Unavailable,
        since nobody knows whether the write took place.
        """
        for pause in PAUSES:
            try:
                return self._dispatch()
            except DBAPIError as error:
                if error.connection_invalidated:
                    forget_connections()
                elif getattr(error.orig, "sqlstate", None) != DEADLOCK:
                    raise
            sleep(pause)
        return self._dispatch()

    def _dispatch(self) -> ResponseReturnValue:
        if request_context().request.method in READING_METHODS:
            return super().dispatch_request()
        with unit_of_work(origin()) as unit:
            response = self.make_response(super().dispatch_request())
            failed, tried = response.status_code >= 400, g.get("validate_only", False)
            unit.rollback = failed or tried
        if tried and not failed:
            return Response(VALID, content_type="application/json")
        if unit.change_id is not None and not unit.rollback:
            response.headers["Change-Id"] = str(unit.change_id)
        return response
