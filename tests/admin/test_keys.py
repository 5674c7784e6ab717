"""API keys in a browser: listed, renamed, replaced, revoked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.key_pages import PAGE, SECRET, errors, make, newest, rotate
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import ApiKey
from todoapp.services import api_keys


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


def set_key(app: Flask, key_id: int, **values: Any) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(db.update(ApiKey).where(ApiKey.id == key_id).values(**values))


def test_it_is_renamed(browser: Browser) -> None:
    path = f"{PAGE}/{newest(browser.app).id}"
    assert browser.post(path, name="<b>other").location == path
    assert "&lt;b&gt;other" in browser.get(path).text
    refused = browser.post(path, name="x" * 101)
    assert (refused.status_code, set(errors(refused))) == (422, {"name"})
    assert "x" * 101 in refused.text


def test_it_is_replaced_and_the_old_one_works_for_its_grace(browser: Browser) -> None:
    first = set(SECRET.findall(make(browser).text)).pop()
    old = newest(browser.app)
    replaced = rotate(browser, old.id, "1")
    assert (replaced.status_code, replaced.headers["Cache-Control"]) == (201, "no-store")
    second = set(SECRET.findall(replaced.text)).pop()
    for secret in (first, second):
        assert Api(browser.app, secret).get("todos").status_code == 200
    assert "Expires soon" in browser.get(f"{PAGE}/{old.id}").text
    again = rotate(browser, old.id, "1")
    assert again.status_code == 409
    assert "The key has been replaced already." in again.text
    for hours in ("169", "-1", "x"):
        refused = rotate(browser, newest(browser.app).id, hours)
        assert (refused.status_code, set(errors(refused))) == (422, {"grace_hours"})


def test_revoking_asks_first(browser: Browser, alice: Api) -> None:
    key_id = newest(browser.app).id
    page = browser.get(f"{PAGE}/{key_id}/revoke")
    assert "This cannot be undone" in page.text
    assert alice.get("todos").status_code == 200
    gone = browser.post(f"{PAGE}/{key_id}/revoke")
    assert gone.location == f"{PAGE}/{key_id}"
    page = browser.get(gone.location)
    assert "The key is revoked" in page.text
    assert "/rotate" not in page.text
    assert alice.get("todos").status_code == 401


def test_administrators_see_everyones_and_may_only_revoke_them(
    root: Browser, browser: Browser, alice: Api
) -> None:
    hers = newest(root.app).id
    make(root)
    mine = newest(root.app).id
    assert "<th>Owner</th>" in root.get(PAGE).text
    assert "<th>Owner</th>" not in browser.get(PAGE).text
    page = root.get(f"{PAGE}/{hers}").text
    assert "/rotate" not in page
    assert "/revoke" in page
    for path, fields in (("", {"name": "x"}), ("/rotate", {"grace_hours": "24"})):
        refused = root.post(f"{PAGE}/{hers}{path}", form=PAGE, **fields)
        assert refused.status_code == 403
        assert SECRET.search(refused.text) is None
        assert browser.post(f"{PAGE}/{mine}{path}", form=PAGE, **fields).status_code == 404
    assert browser.get(f"{PAGE}/{mine}").status_code == 404
    root.post(f"{PAGE}/{hers}/revoke")
    assert alice.get("todos").status_code == 401
    only = root.get(f"{PAGE}?owner=alice").text
    assert f"{PAGE}/{hers}" in only
    assert f"{PAGE}/{mine}" not in only


def test_they_are_listed_by_state(browser: Browser) -> None:
    states: dict[str, dict[str, Any]] = {
        "active": {"expires_at": None},
        "expired": {"expires_at": utcnow()},
        "revoked": {"revoked_at": utcnow()},
    }
    ids = {}
    for state, values in states.items():
        make(browser, name=f"{state} one")
        ids[state] = newest(browser.app).id
        set_key(browser.app, ids[state], **values)
    for state, key_id in ids.items():
        page = browser.get(f"{PAGE}?state={state}").text
        assert f"{state.capitalize()}</span>" in page
        assert [f'{PAGE}/{one}"' in page for one in ids.values()].count(True) == 1
        assert f'{PAGE}/{key_id}"' in page
    assert browser.get(f"{PAGE}?state=nothing&page_token=x").status_code == 200
    assert "No such keys" in browser.get(f"{PAGE}?owner=nobody").text


def test_pages_follow_each_other_in_a_fixed_number_of_statements(
    browser: Browser, alice: Api
) -> None:
    def statements(path: str) -> int:
        with counted(browser.app) as noted:
            assert browser.get(path).status_code == 200
        return len(noted)

    before = statements(PAGE)
    with browser.app.app_context(), unit_of_work():
        for number in range(60):
            wanted = {"name": f"key {number}", "scopes": ["todos:read"]}
            api_keys.issue(None, alice.actor.user_id, wanted, at=utcnow())
    assert statements(PAGE) == before == 3
    page = browser.get(PAGE).text
    assert page.count("data-row") == 50
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    second = browser.get(following[1].replace("&amp;", "&")).text
    assert second.count("data-row") == 11
    assert "First page" in second
