"""The application: one unit of work for each request that writes."""

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.routing import IntegerConverter

from todoapp.db import forget_connections, unit_of_work
from todoapp.limits import MAX_INTEGER

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class IdConverter(IntegerConverter):
    """A row's id as it is written: no sign, no leading zero, at most 2^53; else 404."""

    regex = r"[1-9][0-9]{0,15}"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs, max=MAX_INTEGER)  # type: ignore[arg-type, misc]


class Application(Flask):
    """Flask, committing at the edge.

    The commit happens here and not in an after_request function: an exception there would skip
    the error handlers.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request; once more if a pooled connection turned out to be dead.

        By then nothing was committed: a connection that dies under COMMIT raises Unavailable,
        since nobody knows whether the write took place.
        """
        try:
            return self._dispatch()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        forget_connections()
        return self._dispatch()

    def _dispatch(self) -> ResponseReturnValue:
        if request.method in READING_METHODS:
            return super().dispatch_request()
        with unit_of_work() as unit:
            response = self.make_response(super().dispatch_request())
            unit.rollback = response.status_code >= 400
        if unit.change_id is not None and not unit.rollback:
            response.headers["Change-Id"] = str(unit.change_id)
        return response
