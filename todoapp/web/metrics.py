"""`/metrics`, for Prometheus; without a setting that says who may look, it is not there at all."""

import hmac
import time
from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Flask, Response, abort, request
from werkzeug.exceptions import MethodNotAllowed

from todoapp.db import db
from todoapp.settings import Settings
from todoapp.web.current import app_context, request_context

page = Blueprint("metrics", __name__)

_READING = ("GET", "HEAD")
#: All are answered here, lest a 405 tell strangers that there is something.
_METHODS = (*_READING, "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def install(app: Flask) -> None:
    """Count the requests of `app`, and serve the counts, if anybody may see them."""
    settings: Settings = app.config["SETTINGS"]
    if not settings.is_measured:
        return
    # Here, since others need not wait for the import.
    from todoapp.web.meters import Meters  # noqa: PLC0415

    with app.app_context():
        engines = {"reads": db.engines["reads"], "writes": db.engines[None]}
    app.extensions["meters"] = meters = Meters(engines, threads=settings.threads)

    def count(response: Response) -> Response:
        asked = request_context().request
        rule = asked.url_rule.rule if asked.url_rule else None
        took = time.perf_counter() - app_context().g.started
        meters.count(asked.method, rule, response.status_code, took)
        return response

    app.after_request(count)
    app.register_blueprint(page)


@page.route("/metrics", methods=_METHODS, provide_automatic_options=False)
def metrics() -> Response:
    """Show all counts, in the format that the caller prefers; 404 for whoever may not look."""
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415

    settings: Settings = app_context().app.config["SETTINGS"]
    if not (_has_token(settings) or _is_near(settings)):
        abort(404)
    if request.method not in _READING:
        raise MethodNotAllowed(_READING)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(app_context().app.extensions["meters"].all()), content_type=content_type)


def _has_token(settings: Settings) -> bool:
    given = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {settings.metrics_token}".encode()
    return bool(settings.metrics_token) and hmac.compare_digest(given, wanted)


def _is_near(settings: Settings) -> bool:
    """Tell whether the client's address is one that may look."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return any(address in network for network in settings.metrics_from)
