"""People in a browser, for administrators: found, added, changed."""

import logging
import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.key_pages import errors
from tests.support.logins import column, require_codes, set_person
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import accounts

PAGE = "/admin/users"
ANOTHER = "seven loud herons knit"
MADE = re.compile(r"<pre [^>]*><code>([\w-]{16})</code>")


@pytest.fixture
def root(app: Flask, person: Callable[..., Api]) -> Browser:
    """The administrator, who is logged in."""
    person("root", password=PASSWORD, role="admin")
    browser = Browser(app)
    browser.log_in("root")
    return browser


def add(root: Browser, **fields: str) -> str:
    """Add somebody, and return what is answered."""
    wanted = {"username": "ada", "role": "member", "timezone": "UTC", **fields}
    return root.post("/admin/new-user", **wanted).text


def test_a_password_is_made_shown_once_and_has_to_be_changed(
    root: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    fields = {"username": "ada", "email": "", "role": "member", "timezone": "Europe/Berlin"}
    with caplog.at_level(logging.DEBUG):
        answer = root.post("/admin/new-user", **fields)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    found = MADE.search(answer.text)
    assert found
    assert found[1] not in f"{answer.headers}{answer.request.url}{root.cookie}"
    logged = " ".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)
    assert "/admin/new-user" in logged
    assert found[1] not in logged
    assert found[1] not in root.get(f"{PAGE}/ada").text
    ada = Browser(root.app)
    assert ada.log_in("ada", found[1]).status_code == 303
    assert ada.get("/admin").location == "/admin/password"
    assert column(root.app, "ada", "timezone") == "Europe/Berlin"


def test_a_password_can_be_typed(root: Browser) -> None:
    fields = {"username": "ada", "role": "admin", "timezone": "UTC", "password": ANOTHER}
    answer = root.post("/admin/new-user", **fields)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/ada")
    page = root.get(f"{PAGE}/ada").text
    assert "ada is added" in page
    assert ANOTHER not in page
    ada = Browser(root.app)
    ada.log_in("ada", ANOTHER)
    assert ada.get("/admin").location == "/admin/password"


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"username": ""}, 422, 'id="username-error"'),
        ({"username": "Ada!"}, 422, 'id="username-error"'),
        ({"email": "x"}, 422, 'id="email-error"'),
        ({"role": "king"}, 422, 'id="role-error"'),
        ({"timezone": "Mars"}, 422, 'id="timezone-error"'),
        ({"password": "password1"}, 422, 'id="password-error"'),
        ({"username": "root"}, 409, "The name root is taken"),
        ({"username": "guest"}, 409, "The name guest is reserved"),
    ],
)
def test_who_will_not_do_is_refused_with_what_was_typed(
    root: Browser, fields: dict[str, str], status: int, said: str
) -> None:
    wanted = {"username": "ada", "email": "a@example.com", "role": "member", "timezone": "UTC"}
    answer = root.post("/admin/new-user", **{**wanted, **fields})
    assert answer.status_code == status
    assert said in answer.text
    assert {**wanted, **fields}["email"] in answer.text
    assert "password1" not in answer.text
    assert column(root.app, "ada", "id") is None


def test_somebody_may_be_called_new(root: Browser) -> None:
    add(root, username="new")
    assert "<h1>new</h1>" in root.get(f"{PAGE}/new").text


def test_they_are_found_by_name_address_and_state(
    root: Browser, person: Callable[..., Api]
) -> None:
    for name in ("ada", "bob", "eve_1"):
        person(name, email=f"{name}@example.com")
    set_person(root.app, "bob", is_active=False)

    def found(query: str) -> list[str]:
        return re.findall(rf'href="{PAGE}/([\w.-]+)" data-open', root.get(f"{PAGE}?{query}").text)

    assert found("") == ["eve_1", "bob", "ada", "root"]
    assert found("q=AD") == ["ada"]
    assert found("q=bob@EXAMPLE") == ["bob"]
    assert found("q=e_1") == ["eve_1"]
    assert found("q=%25") == []
    assert found("is_active=false") == ["bob"]
    assert found("is_active=true&q=o") == ["eve_1", "ada", "root"]
    assert found("is_active=maybe&q=root") == ["root"]
    assert "Nobody is found" in root.get(f"{PAGE}?q=zzz").text


def test_they_are_listed_with_what_they_have_in_a_fixed_number_of_statements(
    root: Browser, person: Callable[..., Api]
) -> None:
    ada = person("ada")
    ada.make_list("One")
    require_codes(root.app, "ada")
    row = root.get(f"{PAGE}?q=ada").text.partition("<tbody>")[2]
    assert re.findall(r'class="number tight">(\d+)<', row) == ["2", "1"]
    assert '<span class="badge good">On</span>' in row

    def statements(path: str) -> int:
        with counted(root.app) as noted:
            assert root.get(path).status_code == 200
        return len(noted)

    few = [statements(PAGE), statements(f"{PAGE}/ada")]
    with root.app.app_context(), unit_of_work():
        for number in range(55):
            accounts.create({"username": f"p{number}"}, at=utcnow())
    assert few == [statements(PAGE), statements(f"{PAGE}/ada")] == [3, 6]
    page = root.get(PAGE).text
    assert page.count("data-row") == 50
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert root.get(following[1].replace("&amp;", "&")).text.count("data-row") == 7


def test_somebody_is_changed(root: Browser, person: Callable[..., Api]) -> None:
    person("ada")
    fields = {"email": "ada@example.com", "role": "admin", "timezone": "Asia/Tokyo"}
    saved = root.post(f"{PAGE}/ada", **fields, two_factor_required="y")
    assert (saved.status_code, saved.location) == (303, f"{PAGE}/ada")
    page = root.get(f"{PAGE}/ada").text
    assert "ada is changed." in page
    for name, value in {**fields, "two_factor_required": True}.items():
        assert column(root.app, "ada", name) == value
    refused = root.post(f"{PAGE}/ada", **{**fields, "email": "x"})
    assert (refused.status_code, set(errors(refused))) == (422, {"email"})
    assert 'value="x"' in refused.text


def test_the_last_administrator_stays_one(root: Browser) -> None:
    refused = root.post(f"{PAGE}/root", email="", role="member", timezone="UTC")
    assert refused.status_code == 409
    assert "root is the last active administrator" in refused.text
    assert '<option selected value="member">' in refused.text
    assert column(root.app, "root", "role") == "admin"


def test_members_get_nothing_of_it(app: Flask, root: Browser, person: Callable[..., Api]) -> None:
    person("ada", password=PASSWORD)
    ada = Browser(app)
    ada.log_in("ada")
    assert PAGE not in ada.get("/admin/account").text
    acts = ("deactivate", "reset-password", "reset-second-factor", "sign-out", "delete")
    paths = [PAGE, "/admin/new-user", f"{PAGE}/root", *(f"{PAGE}/root/{act}" for act in acts)]
    for path in paths:
        assert ada.get(path).status_code == 403, path
    fields = {"username": "eve", "role": "admin", "timezone": "UTC", "lists_to": "ada"}
    for path in [*paths[1:], f"{PAGE}/ada", f"{PAGE}/root/activate"]:
        assert ada.post(path, form="/admin/account", **fields).status_code == 403, path
    assert column(app, "ada", "role") == "member"
    assert column(app, "root", "deleted_at") is None
    assert root.is_in()


def test_who_is_not_there_is_not_found(root: Browser) -> None:
    for path in ("/nobody", "/nobody/delete", "/nobody/sign-out", "/root/nothing"):
        assert root.get(f"{PAGE}{path}").status_code == 404, path
