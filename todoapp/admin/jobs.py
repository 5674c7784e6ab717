"""/admin/system/jobs: what becomes of jobs that were given up."""

from flask import redirect, render_template, url_for
from flask_login import current_user
from werkzeug import Response

from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.clock import utcnow
from todoapp.services import dead_jobs, job_rows


@pages.post("/system/jobs/<id:job_id>/retry")
def retry_job(job_id: int) -> Response:
    """Have it run again."""
    dead_jobs.retry(current_user.actor, job_id, at=utcnow())
    tell("The job is run again as soon as a worker is free.")
    return redirect(url_for("admin.system"), 303)


@pages.get("/system/jobs/<id:job_id>/discard")
def leave_job(job_id: int) -> str:
    """Ask first: it is gone then."""
    job = job_rows.read(current_user.actor, job_id)
    return render_template("admin/system/discard.html", job=job)


@pages.post("/system/jobs/<id:job_id>/discard")
def discard_job(job_id: int) -> Response:
    """Delete it."""
    dead_jobs.discard(current_user.actor, job_id, at=utcnow())
    tell("The job is discarded.")
    return redirect(url_for("admin.system"), 303)
