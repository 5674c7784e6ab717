"""My account: what people see and change of themselves."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.logins import column, require_codes
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.admin.agents import program
from todoapp.admin.zones import zones

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def browser(app: Flask, person: Callable[..., Api]) -> Browser:
    """Alice, who is logged in."""
    person("alice", password=PASSWORD, email="alice@example.com", timezone="Asia/Tokyo")
    browser = Browser(app)
    browser.log_in()
    return browser


def test_one_sees_who_one_is_and_the_ways_to_everything_else(browser: Browser) -> None:
    page = browser.get("/admin/account").text
    assert "<dt>Username</dt><dd>alice</dd>" in page
    assert "<dt>Role</dt><dd>Member</dd>" in page
    assert 'value="alice@example.com"' in page
    assert '<option selected value="Asia/Tokyo">Tokyo</option>' in page
    for path in ("password", "two-factor", "sessions", "keys"):
        assert f'href="/admin/{path}"' in page
    assert '<span class="badge">Off</span>' in page
    require_codes(browser.app, "alice")
    assert '<span class="badge good">On</span>' in browser.get("/admin/account").text


def test_one_changes_the_address_and_the_timezone(browser: Browser) -> None:
    saved = browser.post("/admin/account", email="Alice@Example.org", timezone="Europe/Berlin")
    assert (saved.status_code, saved.location) == (303, "/admin/account")
    page = browser.get("/admin/account").text
    assert "Your profile is saved." in page
    assert 'value="alice@example.org"' in page
    assert '<option selected value="Europe/Berlin">Berlin</option>' in page
    browser.post("/admin/account", email="", timezone="Europe/Berlin")
    assert column(browser.app, "alice", "email") is None


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"email": "nobody", "timezone": "UTC"}, 422, 'id="email-error"'),
        ({"email": "", "timezone": "Mars/Olympus"}, 422, 'id="timezone-error"'),
        ({"email": "bob@example.com", "timezone": "UTC"}, 409, "Somebody else has the address"),
    ],
)
def test_what_will_not_do_is_refused_with_what_was_typed(
    browser: Browser, person: Callable[..., Api], fields: dict[str, str], status: int, said: str
) -> None:
    person("bob", email="bob@example.com")
    answer = browser.post("/admin/account", **fields)
    assert answer.status_code == status
    assert said in answer.text
    assert f'value="{fields["email"]}"' in answer.text
    assert f'<option selected value="{fields["timezone"]}">' in answer.text
    assert column(browser.app, "alice", "email") == "alice@example.com"


def test_the_role_and_the_name_stay(browser: Browser) -> None:
    fields = {"email": "", "timezone": "UTC", "role": "admin", "username": "root"}
    assert browser.post("/admin/account", **fields).status_code == 303
    assert column(browser.app, "alice", "role") == "member"


def test_it_takes_two_statements(browser: Browser) -> None:
    with counted(browser.app) as statements:
        assert browser.get("/admin/account").status_code == 200
    assert len(statements) == 2


def test_the_code_is_asked_for_only_when_it_is_needed(browser: Browser) -> None:
    require_codes(browser.app, "alice")
    other = Browser(browser.app)
    assert re.search(r'<details class="more">', other.get("/admin/login").text)
    refused = other.log_in()
    assert '<details class="more" open>' in refused.text
    assert refused.text.count("autofocus") == 1


@pytest.mark.parametrize("path", ["/admin/password", "/admin/sessions", "/admin/two-factor"])
def test_its_pages_lead_back_to_it(browser: Browser, path: str) -> None:
    page = browser.get(path).text
    assert '<p class="back"><a href="/admin/account">' in page
    assert re.search(r'<a href="/admin/account" aria-current="page">', page)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        (f"{CHROME} Edg/142.0.0.0", "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("Firefox/140.0", "Firefox"),
        ("curl/8.14.1", "curl/8.14.1"),
        (None, "An unknown program"),
    ],
)
def test_a_session_is_called_by_its_program(user_agent: str | None, name: str) -> None:
    assert program(user_agent) == name


def offered(present: str | None) -> list[tuple[str, str, str]]:
    return [(one.optgroup, one.value, one.label) for one in zones(present)]


def test_the_timezones_have_what_was_chosen_once() -> None:
    assert ("Europe", "Europe/Berlin", "Berlin") in offered("UTC")
    assert ("America", "America/Argentina/San_Juan", "Argentina/San Juan") in offered("UTC")
    assert offered("UTC") == offered(None) == offered("Europe/Berlin")
    assert offered("UTC").count(("Anywhere", "UTC", "UTC")) == 1
    assert ("Anywhere", "Etc/GMT+3", "Etc/GMT+3") in offered("Etc/GMT+3")
