"""/jobs"""

from typing import Any

from flask import Response

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.change import Nothing
from todoapp.schemas.job import JobOut, JobQuery
from todoapp.schemas.pages import JobPage
from todoapp.schemas.query import WriteQuery
from todoapp.services import dead_jobs, job_rows
from todoapp.services.access import Actor
from todoapp.web import page_tokens
from todoapp.web.hosts import base_url


@v1.get("/jobs")
@operation(scope=Scope.ADMIN, query=JobQuery, answers={200: JobPage}, problems=(400, 422))
def list_jobs(actor: Actor, query: dict[str, Any]) -> Response:
    """List jobs.

    What is done in the background, newest first: what waits, what runs, what was given up, and
    what was done in the last three days.
    """
    place = page_tokens.read(actor, query, int)
    rows, before = job_rows.page(actor, query, place[0] if place else None)
    token, link = page_tokens.next_page(actor, before)
    shown = JobOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"jobs": shown, "next_page_token": token}, headers=link)


@v1.get("/jobs/<id:job_id>")
@operation(scope=Scope.ADMIN, answers={200: JobOut}, problems=(404,))
def get_job(actor: Actor, job_id: int) -> Response:
    """Read a job."""
    return _shown(actor, job_id)


@v1.post("/jobs/<id:job_id>/retry")
@operation(
    scope=Scope.ADMIN,
    query=WriteQuery,
    body=Nothing,
    body_optional=True,
    answers={200: JobOut},
    problems=(404, 409),
)
def retry_job(actor: Actor, job_id: int, body: Any) -> Response:
    """Retry a job.

    One that was given up (`dead`): it is run as soon as a worker is free, as if it were new.
    """
    Nothing.parse(body)
    dead_jobs.retry(actor, job_id, at=utcnow())
    return _shown(actor, job_id)


@v1.delete("/jobs/<id:job_id>")
@operation(scope=Scope.ADMIN, query=WriteQuery, answers={204: None}, problems=(404, 409))
def discard_job(actor: Actor, job_id: int) -> Response:
    """Discard a job.

    One that was given up (`dead`), or waits (`queued`): what it was to do is not done.
    """
    dead_jobs.discard(actor, job_id, at=utcnow())
    return answers.nothing()


def _shown(actor: Actor, job_id: int) -> Response:
    return answers.answer(JobOut(base=base_url()).dump(job_rows.read(actor, job_id)))
