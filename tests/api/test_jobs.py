"""/jobs: the queue, for administrators, and what becomes of jobs that were given up."""

import logging
from collections.abc import Callable
from logging.handlers import BufferingHandler

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.api import Api, problem, wrong
from tests.support.jobs import dead_job
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import unit_of_work, writer
from todoapp.limits import UserRole
from todoapp.services import jobs


@pytest.fixture
def root(person: Callable[..., Api]) -> Api:
    """An administrator."""
    return person("root", ["todos:read", "todos:write", "admin"], role=UserRole.ADMIN)


@pytest.fixture
def dead(app: Flask) -> int:
    return dead_job(app)


def enqueue(app: Flask) -> int:
    with app.app_context(), unit_of_work():
        return jobs.enqueue("probe", {}, at=utcnow())


def listed(root: Api, query: str = "") -> list[int]:
    return [job["id"] for job in root.get(f"jobs{query}").get_json()["jobs"]]


def test_a_job_is_shown_with_why_it_failed(root: Api, dead: int) -> None:
    job = root.get(f"jobs/{dead}").get_json()
    assert job == {
        "id": dead,
        "url": f"http://localhost/api/v1/jobs/{dead}",
        "kind": "probe",
        "payload": {"name": "Ada"},
        "slot": None,
        "state": "dead",
        "run_at": job["run_at"],
        "attempts": 10,
        "error": "ValueError: no such address",
        "leased_by": None,
        "leased_until": None,
        "created_at": job["created_at"],
        "ended_at": job["ended_at"],
    }
    assert root.get("jobs").get_json()["jobs"] == [job]


def test_they_are_listed_newest_first_by_page_and_state(app: Flask, root: Api, dead: int) -> None:
    queued = [enqueue(app) for _ in range(3)]
    assert listed(root) == [*reversed(queued), dead]
    assert listed(root, "?state=dead") == [dead]
    assert listed(root, "?state=running") == []
    page = root.get("jobs?state=queued&page_size=2").get_json()
    assert [job["id"] for job in page["jobs"]] == [queued[2], queued[1]]
    token = page["next_page_token"]
    assert listed(root, f"?state=queued&page_size=2&page_token={token}") == [queued[0]]
    problem(root.get(f"jobs?page_token={token}"), 400, "bad-page-token")
    assert wrong(root.get("jobs?state=lost")) == {"state": "choice"}


def test_a_page_takes_one_statement(app: Flask, root: Api, dead: int) -> None:
    root.get("jobs")
    with counted(app) as statements:
        root.get("jobs")
    assert len([one for one in statements if "FROM job" in one]) == 1


def test_a_retry_begins_anew_and_is_in_the_log(root: Api, dead: int) -> None:
    answer = root.post(f"jobs/{dead}/retry")
    job = answer.get_json()
    assert (job["state"], job["attempts"], job["ended_at"]) == ("queued", 0, None)
    assert job["error"] == "ValueError: no such address"
    change = _last_change(root)
    assert (change["noun"], change["noun_id"], change["action"]) == ("job", dead, "retry")
    assert (change["actor"], change["diff"]) == ("root", {"state": ["dead", "queued"]})
    assert str(change["id"]) == answer.headers["Change-Id"]


def test_a_discarded_job_is_gone_and_the_log_tells_what_it_was(root: Api, dead: int) -> None:
    assert root.delete(f"jobs/{dead}").status_code == 204
    problem(root.get(f"jobs/{dead}"), 404, "not-found")
    change = _last_change(root)
    assert (change["action"], change["diff"]) == ("delete", {"name": ["probe", None]})


def _last_change(root: Api) -> dict[str, object]:
    changes = root.get("changes?everyone=true&noun=job").get_json()["changes"]
    last: dict[str, object] = changes[-1]
    return last


def test_what_waits_is_not_retried_but_can_be_discarded(app: Flask, root: Api) -> None:
    job_id = enqueue(app)
    refused = problem(root.post(f"jobs/{job_id}/retry"), 409, "conflict")
    assert refused["detail"] == "The job is queued, not dead."
    assert root.delete(f"jobs/{job_id}").status_code == 204
    for method, below in (("POST", "/retry"), ("DELETE", "")):
        problem(root.call(method, f"jobs/{job_id}{below}"), 404, "not-found")


def test_what_runs_is_left_alone(app: Flask, root: Api) -> None:
    job_id = enqueue(app)
    with app.app_context(), unit_of_work():
        jobs.claim(["probe"], worker="w", at=utcnow())
    for method, below in (("POST", "/retry"), ("DELETE", "")):
        problem(root.call(method, f"jobs/{job_id}{below}"), 409, "conflict")


def test_they_are_for_administrators(alice: Api, dead: int) -> None:
    for method, path in (
        ("GET", "jobs"),
        ("GET", f"jobs/{dead}"),
        ("POST", f"jobs/{dead}/retry"),
        ("DELETE", f"jobs/{dead}"),
    ):
        refused = problem(alice.call(method, path), 403, "insufficient-scope")
        assert refused["required_scope"] == "admin"


def test_what_was_done_to_a_job_cannot_be_undone(root: Api, dead: int) -> None:
    change = root.post(f"jobs/{dead}/retry").headers["Change-Id"]
    problem(root.post(f"changes/{change}/undo?everyone=true"), 404, "not-found")


def test_after_a_row_that_could_not_be_read_the_present_is_seen(
    app: Flask, root: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the error, and with it the statement, has not been thrown away yet."""
    kept = BufferingHandler(1000)
    monkeypatch.setattr(logging.getLogger("todoapp"), "handlers", [kept])
    if not app.config["SETTINGS"].is_sqlite:
        pytest.skip("PostgreSQL holds no such value.")
    jobs_there = [enqueue(app) for _ in range(3)]

    def note(moment: str) -> None:
        with app.app_context(), unit_of_work():
            writer().execute(text("UPDATE job SET run_at = :moment"), {"moment": moment})

    note("soon")
    client = app.test_client()  # tests.support.api takes no 500 for an answer
    failed = client.get("/api/v1/jobs", headers={"X-API-Key": root.key or ""})
    problem(failed, 500, "internal-error")
    note("2026-06-16 17:30:05.000000")
    assert listed(root) == jobs_there[::-1]
