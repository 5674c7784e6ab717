"""API keys made in a browser: shown once, limited, and refused where they will not do."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.key_pages import PAGE, SECRET, errors, make, newest, rotate
from tests.support.pages import PASSWORD, Browser
from todoapp.clock import utcnow


@pytest.fixture
def alice(person: Callable[..., Api]) -> Api:
    return person("alice", password=PASSWORD, timezone="Asia/Tokyo")


@pytest.fixture
def browser(app: Flask, alice: Api) -> Browser:
    """Alice, who is logged in, and has one key."""
    browser = Browser(app)
    browser.log_in()
    return browser


@pytest.fixture
def root(app: Flask, person: Callable[..., Api]) -> Browser:
    """The administrator, who is logged in."""
    person("root", password=PASSWORD, role="admin")
    browser = Browser(app)
    browser.log_in("root")
    return browser


def test_a_key_is_made_shown_once_and_works(browser: Browser) -> None:
    made = make(browser, scopes=["todos:read", "todos:write"])
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    [secret] = set(SECRET.findall(made.text))
    assert "curl http://localhost/api/v1/todos" in made.text
    assert Api(browser.app, secret).get("todos").status_code == 200
    key = newest(browser.app)
    assert (key.name, key.scopes) == ("CI", "todos:read todos:write")
    assert key.expires_at is not None
    assert key.expires_at - key.created_at == timedelta(days=30)
    for path in (PAGE, f"{PAGE}/{key.id}"):
        page = browser.get(path).text
        assert f"todo_{key.public_id}" in page
        assert secret not in page


def test_the_secret_is_nowhere_but_in_that_answer(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        made = make(browser)
        [secret] = set(SECRET.findall(made.text))
        replaced = rotate(browser, newest(browser.app).id, "24")
        [other] = set(SECRET.findall(replaced.text))
    for answer in (made, replaced):
        rest = f"{answer.headers}{answer.request.url}{browser.cookie}"
        assert "Location" not in answer.headers
        assert SECRET.search(rest) is None
    logged = " ".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)
    assert "/admin/keys/new" in logged
    assert secret not in logged
    assert other not in logged


def test_a_key_can_be_for_some_lists_and_some_todos_until_a_day(
    browser: Browser, alice: Api
) -> None:
    list_id = alice.make_list("Builds <1>")["id"]
    last = (utcnow() + timedelta(days=10)).date()
    made = make(
        browser,
        expires_in="day",
        expires_at=last.isoformat(),
        list_ids=str(list_id),
        filter="tags : ci",
    )
    assert made.status_code == 201, made.text
    key = newest(browser.app)
    assert key.expires_at is not None
    assert key.expires_at.isoformat().startswith(f"{last}T14:59:59")  # the end of it in Tokyo
    page = browser.get(f"{PAGE}/{key.id}").text
    assert "Builds &lt;1&gt;</a>" in page
    assert "<code>tags : ci</code>" in page
    assert "1 list, a filter" in browser.get(PAGE).text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, {"name": "Must not be empty."}),
        ({"scopes": []}, {"scopes": "Must name at least one scope."}),
        ({"expires_in": "day"}, {"expires_at": "Choose the last day on which it works."}),
        ({"expires_in": "day", "expires_at": "x"}, {"expires_at": "Choose the last day on which"}),
        ({"expires_in": "day", "expires_at": "2020-01-01"}, {"expires_at": "Must be in the"}),
        ({"list_ids": "999999"}, {"list_ids": "No such list."}),
        ({"filter": "tags ; ci"}, {"filter": "At character 6: "}),
        ({"filter": "tags : ci", "scopes": "account"}, {"scopes": "A key for some lists or todos"}),
    ],
)  # fmt: skip
def test_what_will_not_do_is_said_beside_its_field(
    browser: Browser, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    before = newest(browser.app).id
    answer = make(browser, **fields)
    assert answer.status_code == 422
    found = errors(answer)
    assert found.keys() == wrong.keys()
    assert all(found[name].startswith(said) for name, said in wrong.items())
    assert newest(browser.app).id == before
    assert fields.get("filter", "") in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_in": "day", "expires_at": "9999-12-31"},
        {"expires_in": "x"},
        {"list_ids": "x"},
        {"scopes": "x"},
    ],
)
def test_what_no_form_sends_is_refused_too(browser: Browser, fields: dict[str, str]) -> None:
    assert make(browser, **fields).status_code == 422


def test_nobody_gives_what_they_do_not_have(browser: Browser) -> None:
    assert 'value="admin"' not in browser.get(f"{PAGE}/new").text
    assert make(browser, scopes="admin").status_code == 403


def test_the_lists_to_choose_from_are_ones_own(root: Browser, alice: Api) -> None:
    theirs = alice.make_list("Hers")["id"]
    assert "Hers" not in root.get(f"{PAGE}/new").text
    assert make(root, list_ids=str(theirs)).status_code == 422
