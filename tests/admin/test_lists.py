"""The pages of lists: what one sees, makes, changes and throws away."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.limits import ListRole, UserRole

Person = Callable[..., Api]
Share = Callable[[int, Api, str], None]


@pytest.fixture
def alice(person: Person) -> Api:
    """The one who owns things, and has a password."""
    return person("alice", password=PASSWORD)


@pytest.fixture
def browser(app: Flask, alice: Api) -> Browser:
    """Alice's, logged in."""
    browser = Browser(app)
    browser.log_in(str(alice.actor and alice.actor.username))
    return browser


def words(html: str) -> str:
    """Return what the page says, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.split("<main", 1)[1])).split())


def test_one_sees_ones_lists_with_what_is_open_in_them(
    browser: Browser, alice: Api, bob: Api, share: Share
) -> None:
    groceries = alice.make_list("Groceries", color="#3366cc")["id"]
    share(groceries, bob, ListRole.VIEWER)
    for status in ("pending", "on_hold", "completed"):
        alice.todo(list_id=groceries, status=status)
    bob.make_list("Secret")
    page = browser.get("/admin/lists")
    assert page.status_code == 200
    assert "Groceries 2 open todos of Groceries 2 alice Owner" in words(page.text)
    assert '<circle cx="6" cy="6" r="5" fill="#3366cc"/>' in page.text
    assert f'href="/admin/todos?list_id={groceries}&amp;status=open"' in page.text
    assert "Secret" not in page.text


def test_an_administrator_sees_everybodys(app: Flask, bob: Api, person: Person) -> None:
    person("root", password=PASSWORD, role=UserRole.ADMIN)
    list_id = bob.make_list("Secret")["id"]
    browser = Browser(app)
    browser.log_in("root")
    assert "Secret 0 open todos of Secret 1 bob Administrator" in words(
        browser.get("/admin/lists").text
    )
    assert "Let them in" in browser.get(f"/admin/lists/{list_id}").text


def test_one_makes_a_list(browser: Browser, alice: Api) -> None:
    answer = browser.post(
        "/admin/lists/new", name="Müll 🗑", description="One\r\ntwo", color="#AA0000"
    )
    made = alice.get("lists").get_json()["lists"][-1]
    assert (answer.status_code, answer.location) == (303, f"/admin/lists/{made['id']}")
    assert (made["name"], made["description"], made["color"]) == ("Müll 🗑", "One\ntwo", "#aa0000")
    shown = browser.get(answer.location).text
    assert "The list “Müll 🗑” is made." in shown
    assert "Undo" in shown
    assert "<p>One</p><p>two</p>" in shown


def test_no_colour_is_no_colour(browser: Browser, alice: Api) -> None:
    browser.post("/admin/lists/new", name="Plain", colourless="y", color="#aa0000")
    assert alice.get("lists").get_json()["lists"][-1]["color"] is None


@pytest.mark.parametrize("path", ["/admin/lists/new", "/admin/lists/{}/edit"])
def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
    browser: Browser, alice: Api, path: str
) -> None:
    path = path.format(alice.make_list()["id"])
    before = alice.get("lists").get_json()
    answer = browser.post(path, name=" ", description="<b>kept", color="red")
    assert answer.status_code == 422
    assert '<p class="field-error" id="name-error">Must not be empty.</p>' in answer.text
    assert '<p class="field-error" id="color-error">Must look like #3366cc.</p>' in answer.text
    assert "&lt;b&gt;kept</textarea>" in answer.text
    assert alice.get("lists").get_json() == before


def test_one_changes_a_list_and_takes_it_back(browser: Browser, alice: Api) -> None:
    made = alice.make_list("Groceries", description="a\nb")
    path = f"/admin/lists/{made['id']}"
    shown = browser.get(f"{path}/edit").text
    assert re.search(r'name="colourless"[^>]*checked|checked[^>]*name="colourless"', shown)
    browser.post(f"{path}/edit", name="Food", description="a\r\nb", colourless="y", version="1")
    changed = alice.get(f"lists/{made['id']}").get_json()
    assert (changed["name"], changed["description"], changed["version"]) == ("Food", "a\nb", 2)
    undo = re.search(r'action="(/admin/changes/\d+/undo)"', browser.get(path).text)
    assert undo
    browser.post(undo[1], path)
    assert alice.get(f"lists/{made['id']}").get_json()["name"] == "Groceries"


def test_of_two_who_save_the_second_sees_both_and_decides(browser: Browser, alice: Api) -> None:
    list_id = alice.make_list("Groceries")["id"]
    alice.patch(f"lists/{list_id}", {"name": "Theirs", "color": "#00aa00"})
    path, typed = f"/admin/lists/{list_id}/edit", {"name": "Mine", "colourless": "y"}
    refused = browser.post(path, **typed, version="1")
    assert refused.status_code == 409
    assert "Somebody else has saved: Theirs" in refused.text
    assert "Somebody else has saved: #00aa00" in refused.text
    assert 'value="Mine"' in refused.text
    version = re.search(r'name="version"[^>]* value="(\d+)"', refused.text)
    assert version
    assert alice.get(f"lists/{list_id}").get_json()["name"] == "Theirs"
    assert browser.post(path, **typed, version=version[1]).status_code == 303
    assert alice.get(f"lists/{list_id}").get_json()["name"] == "Mine"


def test_archived_lists_are_apart(browser: Browser, alice: Api) -> None:
    list_id = alice.make_list("Old")["id"]
    browser.post(f"/admin/lists/{list_id}/archive", f"/admin/lists/{list_id}", is_archived="true")
    assert "Old" not in words(browser.get("/admin/lists").text)
    assert "Old" in words(browser.get("/admin/lists?is_archived=true").text)
    page = browser.get(f"/admin/lists/{list_id}").text
    assert "Use it again" in page
    browser.post(f"/admin/lists/{list_id}/archive", f"/admin/lists/{list_id}", is_archived="false")
    assert "Old" in words(browser.get("/admin/lists").text)


def test_a_list_goes_into_the_trash_and_comes_back(browser: Browser, alice: Api) -> None:
    list_id = alice.make_list("Gone")["id"]
    todo = alice.todo(list_id=list_id)
    page = f"/admin/lists/{list_id}"
    answer = browser.post(f"{page}/trash", page, next=page)
    assert (answer.status_code, answer.location) == (303, "/admin/lists")
    assert alice.get(f"todos/{todo['id']}").get_json()["deleted_at"]
    shown = browser.get(page).text
    assert "This list is in the trash" in shown
    assert "Let them in" not in shown
    assert browser.post(f"{page}/restore", page, next=page).location == page
    assert not alice.get(f"todos/{todo['id']}").get_json()["deleted_at"]


def test_an_inbox_offers_nothing_that_is_refused(browser: Browser, alice: Api) -> None:
    [inbox] = alice.get("lists").get_json()["lists"]
    page = browser.get(f"/admin/lists/{inbox['id']}").text
    assert "This is an Inbox" in page
    for offered in ("/trash", "/archive", "/members"):
        assert f"/admin/lists/{inbox['id']}{offered}" not in page


def test_lists_that_one_does_not_see_are_not_there(browser: Browser, bob: Api) -> None:
    list_id = bob.make_list("Secret")["id"]
    for path in ("", "/edit", "/members/bob/remove", "/members/bob/owner"):
        assert browser.get(f"/admin/lists/{list_id}{path}").status_code == 404
    for path in ("/edit", "/archive", "/trash", "/restore", "/members", "/members/bob/remove"):
        form = {"name": "x", "username": "alice", "role": "editor"}
        answer = browser.post(f"/admin/lists/{list_id}{path}", "/admin/lists", **form)
        assert answer.status_code == 404
    assert bob.get(f"lists/{list_id}").get_json()["version"] == 1


def test_a_page_takes_as_many_statements_whatever_is_on_it(
    app: Flask, browser: Browser, alice: Api
) -> None:
    def statements(path: str) -> int:
        with counted(app) as run:
            assert browser.get(path).status_code == 200
        return len(run)

    browser.get("/admin/lists")
    few = statements("/admin/lists")
    for number in range(60):
        alice.make_list(f"List {number}")
    page = browser.get("/admin/lists").text
    assert statements("/admin/lists") == few == 3
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert "List 59" in browser.get(following[1].replace("&amp;", "&")).text
    assert "First page" in browser.get(following[1].replace("&amp;", "&")).text


@pytest.mark.parametrize(
    "query", ["page_token=x", "is_archived=maybe", "page_size=-1", "x=%00", "q=1&q=2"]
)
def test_a_strange_address_shows_the_page_all_the_same(browser: Browser, query: str) -> None:
    page = browser.get(f"/admin/lists?{query}")
    assert page.status_code == 200
    assert "Inbox" in page.text
