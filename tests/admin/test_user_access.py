"""How people get in: reset, shut out, let in, deleted by an administrator, who is asked first."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.key_pages import errors
from tests.support.logins import column, require_codes
from tests.support.pages import PASSWORD, Browser

PAGE = "/admin/users"
MADE = re.compile(r"<pre [^>]*><code>([\w-]{16})</code>")


@pytest.fixture
def root(app: Flask, person: Callable[..., Api]) -> Browser:
    """The administrator, who is logged in."""
    person("root", password=PASSWORD, role="admin")
    browser = Browser(app)
    browser.log_in("root")
    return browser


@pytest.fixture
def ada(app: Flask, person: Callable[..., Api]) -> Api:
    return person("ada", password=PASSWORD)


@pytest.fixture
def browser(app: Flask, ada: Api) -> Browser:
    """Ada's, logged in."""
    browser = Browser(app)
    browser.log_in("ada")
    return browser


@pytest.mark.parametrize("act", ["deactivate", "reset-password", "reset-second-factor", "sign-out"])
def test_what_cannot_be_undone_is_asked_first(root: Browser, browser: Browser, act: str) -> None:
    page = root.get(f"{PAGE}/ada/{act}").text
    assert f'action="{PAGE}/ada/{act}"' in page
    assert f'href="{PAGE}/ada">Cancel' in page
    assert browser.is_in()


def test_a_password_is_reset_and_shown_once(root: Browser, browser: Browser, ada: Api) -> None:
    answer = root.post(f"{PAGE}/ada/reset-password")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    found = MADE.search(answer.text)
    assert found
    assert found[1] not in f"{answer.headers}{answer.request.url}{root.cookie}"
    page = root.get(f"{PAGE}/ada").text
    assert found[1] not in page
    assert "Set by somebody else" in page
    assert not browser.is_in()
    assert browser.log_in("ada").status_code == 422
    browser.log_in("ada", found[1])
    assert browser.get("/admin").location == "/admin/password"
    assert ada.get("todos").status_code == 200


def test_ones_own_password_takes_the_old_one(root: Browser) -> None:
    answer = root.post(f"{PAGE}/root/reset-password")
    assert answer.status_code == 422
    assert "Change your own" in answer.text
    assert MADE.search(answer.text) is None
    assert root.is_in()


def test_a_second_factor_that_was_lost_is_turned_off(root: Browser, ada: Api) -> None:
    assert "reset-second-factor" not in root.get(f"{PAGE}/ada").text
    require_codes(root.app, "ada")
    assert "reset-second-factor" in root.get(f"{PAGE}/ada").text
    assert root.post(f"{PAGE}/ada/reset-second-factor").location == f"{PAGE}/ada"
    assert "ada logs in with the password alone." in root.get(f"{PAGE}/ada").text
    assert Browser(root.app).log_in("ada").status_code == 303
    own = root.post(f"{PAGE}/root/reset-second-factor")
    assert own.status_code == 409
    assert "Turn off your own" in own.text


def test_somebody_is_signed_out_everywhere(root: Browser, browser: Browser, ada: Api) -> None:
    page = root.get(f"{PAGE}/ada").text
    assert "Logged in once." in page
    assert "127.0.0.1" in page
    root.post(f"{PAGE}/ada/sign-out")
    page = root.get(f"{PAGE}/ada").text
    assert "ada is signed out everywhere." in page
    assert "Logged in nowhere." in page
    assert not browser.is_in()
    assert ada.get("todos").status_code == 200


def test_somebody_is_shut_out_and_let_in_again(root: Browser, browser: Browser, ada: Api) -> None:
    assert "ada&#39;s key</a>" in root.get(f"{PAGE}/ada").text
    root.post(f"{PAGE}/ada/deactivate")
    page = root.get(f"{PAGE}/ada").text
    assert "ada is shut out." in page
    assert '<span class="badge">Deactivated</span>' in page
    assert "ada&#39;s key</a>" not in page
    assert not browser.is_in()
    assert ada.get("todos").status_code == 401
    root.post(f"{PAGE}/ada/activate", form=f"{PAGE}/ada")
    assert "ada is let in again." in root.get(f"{PAGE}/ada").text
    assert browser.log_in("ada").status_code == 303


@pytest.mark.parametrize("act", ["deactivate", "delete"])
def test_the_last_administrator_stays(root: Browser, ada: Api, act: str) -> None:
    answer = root.post(f"{PAGE}/root/{act}", lists_to="ada", lists="keep")
    assert answer.status_code == 409
    assert "root is the last active administrator" in answer.text
    assert answer.text.count("<h1") == 1
    assert root.is_in()


@pytest.mark.parametrize("lists", ["keep", "trash"])
def test_somebody_is_deleted_and_the_lists_are_handed_over(
    root: Browser, browser: Browser, ada: Api, person: Callable[..., Api], lists: str
) -> None:
    heir = person("bob")
    todo = ada.made("todos", {"title": "Water the plants"})
    assert 'value="root"' in root.get(f"{PAGE}/ada/delete").text
    gone = root.post(f"{PAGE}/ada/delete", lists_to="bob", lists=lists)
    assert (gone.status_code, gone.location) == (303, PAGE)
    assert "ada is deleted." in root.get(PAGE).text
    assert root.get(f"{PAGE}/ada").status_code == 404
    assert not browser.is_in()
    assert heir.ids() == ([todo["id"]] if lists == "keep" else [])
    assert heir.ids("todos?trashed=true") == ([todo["id"]] if lists == "trash" else [])


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"lists_to": "nobody"}, "lists_to"),
        ({"lists_to": "ada"}, "lists_to"),
        ({"lists_to": "root", "lists": "burn"}, "lists"),
    ],
)
def test_a_deletion_that_will_not_do_is_refused_beside_its_field(
    root: Browser, ada: Api, fields: dict[str, str], wrong: str
) -> None:
    answer = root.post(f"{PAGE}/ada/delete", **fields)
    assert answer.status_code == 422
    assert set(errors(answer)) == {wrong}
    assert column(root.app, "ada", "deleted_at") is None
