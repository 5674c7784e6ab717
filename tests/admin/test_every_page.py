"""What holds for every page that somebody can click their way to."""

from collections import Counter

import pytest
from flask import Flask
from justhtml import JustHTML

from tests.support.crawl import Visit, visits
from tests.support.logins import PASSWORD, set_person
from tests.support.pages import Browser
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.limits import UserRole
from todoapp.services import demo, passwords

#: Referred to by id, and therefore to be there.
REFERENCES = (
    "for",
    "aria-describedby",
    "aria-labelledby",
    "aria-controls",
    "popovertarget",
    "form",
    "list",
)


@pytest.fixture(scope="module")
def visited() -> dict[tuple[str, UserRole], list[Visit]]:
    """What was seen already."""
    return {}


@pytest.fixture(params=UserRole)
def pages(
    app: Flask,
    database_url: str,
    visited: dict[tuple[str, UserRole], list[Visit]],
    request: pytest.FixtureRequest,
) -> list[Visit]:
    """All pages that a member sees, or an administrator."""
    seen = database_url, request.param
    if seen not in visited:
        with app.app_context(), unit_of_work():
            demo.make(at=utcnow())
        set_person(app, "amira", password_hash=passwords.hash(PASSWORD), role=request.param)
        browser = Browser(app)
        assert browser.log_in("amira", PASSWORD).status_code == 303
        visited[seen] = list(visits(app, browser.get, "/admin/"))
    return visited[seen]


def test_every_link_leads_to_a_page_of_valid_html(pages: list[Visit]) -> None:
    assert len(pages) > 20
    for page in pages:
        document = JustHTML(page.html, collect_errors=True, sanitize=False)
        assert document.errors == [], (page.path, document.errors)
        _check_ids(page, document)
        assert len(document.query("h1")) == 1, page.path
        assert len(document.query("main")) == 1, page.path


def _check_ids(page: Visit, document: JustHTML) -> None:
    ids = Counter(one.attrs["id"] for one in document.query("[id]"))
    assert max(ids.values()) == 1, (page.path, ids.most_common(3))
    for name in REFERENCES:
        for one in document.query(f"[{name}]"):
            missing = set((one.attrs[name] or "").split()) - set(ids)
            assert not missing, (page.path, name, missing)


def test_every_form_that_writes_has_its_token(pages: list[Visit]) -> None:
    for page in pages:
        for form in JustHTML(page.html, sanitize=False).query("form"):
            if form.attrs.get("method", "").lower() == "post":
                assert form.query('input[name="csrf_token"]'), (page.path, form.attrs)


def test_nothing_is_inline(pages: list[Visit]) -> None:
    """The policy refuses it; a page that looks right only without the policy is not noticed."""
    for page in pages:
        document = JustHTML(page.html, sanitize=False)
        assert not document.query("style"), page.path
        assert not document.query("[style]"), page.path
        assert all("src" in one.attrs for one in document.query("script")), page.path
        for one in document.query("*"):
            assert not [name for name in one.attrs if name.startswith("on")], page.path
