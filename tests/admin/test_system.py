"""The page of the installation, for its administrators."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.admin.test_lists import words
from tests.support.api import Api
from tests.support.jobs import dead_job, done_job
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp import __version__
from todoapp.clock import utcnow


@pytest.fixture
def root(app: Flask, person: Callable[..., Api]) -> Browser:
    """Return the browser of an administrator, who is logged in."""
    person("root", role="admin", password=PASSWORD)
    browser = Browser(app)
    browser.log_in("root")
    return browser


def test_it_tells_what_runs_and_how_it_is_set_up(root: Browser) -> None:
    done_job(root.app, "purge-trash")
    settings = root.app.config["SETTINGS"]
    name = f"todoapp-{utcnow():%Y%m%dT%H%M%SZ}.db"
    settings.backup_dir.mkdir(exist_ok=True)
    (settings.backup_dir / name).touch(mode=0o600)
    page = root.get("/admin/system").text
    assert re.search(r"Newest backup</dt><dd><time [^>]*>.*?</time>, 0 ", page)
    (settings.backup_dir / name).unlink()
    engine = "SQLite" if settings.is_sqlite else "PostgreSQL"
    assert f"todoapp {__version__} on {engine}" in page
    assert "All is well." in page
    assert "Up to date" in page
    assert "<code>TODOAPP_SECRET_KEY</code>" in page
    assert settings.secret_key not in page
    assert str(settings.data_dir) in page
    page = root.get("/admin/system").text
    assert "There is no backup in" in page
    assert "All is well." not in page


def test_an_error_is_found_by_the_id_that_its_page_has_shown(
    root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise RuntimeError("secret")

    monkeypatch.setitem(root.app.view_functions, "admin.trash", fail)
    answer = root.get("/admin/trash")
    answer.close()  # it is remembered when the answer has been sent
    request_id = answer.headers["Request-Id"]
    page = root.get("/admin/system").text
    assert f"<code>{request_id}</code>" in page
    assert "GET /admin/trash" in page
    assert "RuntimeError" in page
    assert "secret" not in page.replace("secrets", "")
    assert "A request has failed by an error of ours" in page
    assert "All is well." not in page


def test_it_is_for_administrators(app: Flask, person: Callable[..., Api]) -> None:
    person("alice", password=PASSWORD)
    browser = Browser(app)
    browser.log_in()
    answer = browser.get("/admin/system")
    assert answer.status_code == 403
    assert app.config["SETTINGS"].data_dir.name not in answer.text
    assert 'href="/admin/system"' not in answer.text


def test_its_statements_are_the_same_however_much_there_is(root: Browser, alice: Api) -> None:
    def statements() -> int:
        with counted(root.app) as run:
            assert root.get("/admin/system").status_code == 200
        return len(run)

    before = statements()
    for number in range(30):
        alice.todo(f"Todo {number}")
    assert statements() == before


def test_it_tells_of_the_queue_and_when_periodic_jobs_were_done(root: Browser) -> None:
    page = words(root.get("/admin/system").text)
    assert "No job has ended in the last 3 hours." in page
    assert "Purge trash not lately" in page
    assert "Backup not lately" not in page  # it is switched off
    done_job(root.app, "purge-trash")
    page = words(root.get("/admin/system").text)
    page = re.sub(r"now|a second ago|\d+ seconds ago", "lately", page)
    assert "Waiting 0 Running 0 Given up 0 Last ended lately" in page
    assert "Purge trash lately" in page


def test_a_job_that_was_given_up_is_retried(root: Browser) -> None:
    job_id = dead_job(root.app, error="no such address")
    page = root.get("/admin/system").text
    assert "<code>ValueError: no such address</code>" in page
    assert "A job was given up after 10 attempts." in page
    answer = root.post(f"/admin/system/jobs/{job_id}/retry", form="/admin/system")
    assert (answer.status_code, answer.location) == (303, "/admin/system")
    page = root.get("/admin/system").text
    assert "The job is run again as soon as a worker is free." in page
    assert "no such address" not in page
    # Somebody else was quicker.
    again = root.post(f"/admin/system/jobs/{job_id}/retry", form="/admin/system")
    assert again.status_code == 409


def test_discarding_asks_first(root: Browser) -> None:
    job_id = dead_job(root.app)
    page = f"/admin/system/jobs/{job_id}/discard"
    assert "Discard the job “probe”?" in root.get(page).text
    assert root.post(page).status_code == 303
    assert "The job is discarded." in root.get("/admin/system").text
    assert root.get(page).status_code == 404


def test_jobs_are_for_administrators(app: Flask, person: Callable[..., Api]) -> None:
    person("alice", password=PASSWORD)
    job_id = dead_job(app)
    browser = Browser(app)
    browser.log_in()
    assert browser.get(f"/admin/system/jobs/{job_id}/discard").status_code == 403
    for does in ("retry", "discard"):
        path = f"/admin/system/jobs/{job_id}/{does}"
        assert browser.post(path, form="/admin/sessions").status_code == 403
