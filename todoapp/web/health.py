"""Probes: for people, load balancers and orchestrators. They need no key and no trusted host."""

from collections.abc import Mapping

from flask import Blueprint, Flask, Response

from todoapp import __version__
from todoapp.clock import utcnow
from todoapp.schemas.todo_out import write_json
from todoapp.services import health

probes = Blueprint("probes", __name__)


def install(app: Flask) -> None:
    """Serve the probes."""
    app.register_blueprint(probes)


@probes.get("/livez")
def livez() -> Response:
    """Say that this process answers; whether it can work is /readyz's to say."""
    return _json({"status": "alive"}, 200)


@probes.get("/readyz")
def readyz() -> Response:
    """Say whether requests should be sent here: the database is reachable and migrated."""
    problem = health.problem()
    return _json({"status": "ready"} if problem is None else _refusal(problem), _code(problem))


@probes.get("/health")
def overall() -> Response:
    """Say how the service is, in one object for people and monitors."""
    problem = health.problem()
    facts = {"timestamp": utcnow(), "service": "todoapp", "version": __version__}
    if problem is not None:
        return _json({"status": "unhealthy", "detail": problem, **facts}, 503)
    return _json({"status": "healthy", **facts}, 200)


def _refusal(problem: str) -> dict[str, str]:
    return {"status": "unready", "detail": problem}


def _code(problem: str | None) -> int:
    return 200 if problem is None else 503


def _json(body: Mapping[str, object], status: int) -> Response:
    response = Response(write_json(body), status, content_type="application/json")
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response
