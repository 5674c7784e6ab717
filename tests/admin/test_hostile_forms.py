"""Whatever is typed into any form, or put into any page's address, is answered without a 5xx."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from justhtml import JustHTML

from tests.support.crawl import visits
from tests.support.logins import PASSWORD, set_person
from tests.support.pages import Browser
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.limits import UserRole
from todoapp.services import demo, passwords

WORDS = [
    "",
    " ",
    "\0",
    "\x1b[31m",
    "-1",
    "0",
    "99999999999999999999",
    "1e999",
    "NaN",
    "none",
    "null",
    "2026-02-30",
    "0000-01-01",
    "9999-12-31T23:59:59+14:00",
    "' OR 1=1 --",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "=cmd()",
    "\u202eabc",
    "💥" * 300,
    "(" * 200,
    "a" * 20_000,
    "title : ",
    "/admin\\evil",
    "//evil.example",
]
#: Names of parameters that some page or other knows.
NAMES = [
    "find",
    "q",
    "filter",
    "sort",
    "status",
    "list_id",
    "tags",
    "due",
    "page_token",
    "page_size",
]
NAMES += [
    "view",
    "in",
    "rename",
    "next",
    "assigned_to",
    "priority",
    "actor",
    "noun",
    "since",
    "until",
]
#: How many words each of them is tried with; all words are, in turn.
TRIES = 1


class Form(NamedTuple):
    """A form as a browser would send it."""

    page: str
    action: str
    fields: tuple[tuple[str, str], ...]


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Return an administrator's."""
    with app.app_context(), unit_of_work():
        demo.make(at=utcnow())
    set_person(app, "amira", password_hash=passwords.hash(PASSWORD), role=UserRole.ADMIN)
    browser = Browser(app)
    browser.log_in("amira", PASSWORD)
    return browser


def test_no_field_of_any_form_breaks_anything(app: Flask, browser: Browser) -> None:
    tried = {}
    for page in list(visits(app, browser.get, "/admin/")):
        for form in _forms(page.path, page.html):
            shape = app.url_map.bind("").match(urlsplit(form.action).path, method="POST")[0]
            tried.setdefault((shape, tuple(sorted(dict(form.fields)))), form)
    assert len(tried) > 20
    words = cycle(WORDS)
    for (endpoint, _), form in tried.items():
        if endpoint not in ("admin.logout", "admin.end_other_sessions"):
            _try(browser, form, words)


def _try(browser: Browser, form: Form, words: Iterator[str]) -> None:
    for name, _ in form.fields:
        if name == "csrf_token":
            continue
        for word in islice(words, TRIES):
            fields = {**dict(form.fields), name: word}
            response = browser.send(form.action, **fields)
            assert response.status_code < 500, (form.page, form.action, name, word[:40])


def test_no_parameter_of_any_page_breaks_anything(app: Flask, browser: Browser) -> None:
    paths = dict.fromkeys(urlsplit(page.path).path for page in visits(app, browser.get, "/admin/"))
    words = cycle(WORDS)
    for path in paths:
        for name in NAMES:
            for word in islice(words, TRIES):
                response = browser.get(f"{path}?{urlencode({name: word})}")
                assert response.status_code < 500, (path, name, word[:40])
                response.close()


def _forms(page: str, html: str) -> Iterator[Form]:
    document = JustHTML(html, sanitize=False)
    for form in document.query('form[method="post"]'):
        fields: list[tuple[str, str]] = []
        for one in form.query("[name]"):
            fields.append((one.attrs["name"], _value(one)))
        yield Form(page, form.attrs.get("action") or page, tuple(fields))


def _value(field: Any) -> str:
    if field.name == "select":
        chosen = field.query("option[selected]") or field.query("option")
        return (chosen[0].attrs.get("value") or "") if chosen else ""
    if field.name == "textarea":
        return str(field.to_text())
    return field.attrs.get("value") or ""
