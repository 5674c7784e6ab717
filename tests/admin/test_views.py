"""The pages of saved views: made, shared, changed, deleted."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.test_lists import alice, browser, words
from tests.support.api import Api
from tests.support.pages import Browser
from tests.support.statements import counted

__all__ = ["alice", "browser"]
Share = Callable[[int, Api, str], None]

URGENT = {"name": "Urgent", "filter": "priority = high", "sort": "due_date"}


def views_of(api: Api) -> list[dict[str, Any]]:
    return api.get("views").get_json()["views"]  # type: ignore[no-any-return]


def test_one_sees_ones_own_and_those_of_ones_lists(
    browser: Browser, alice: Api, bob: Api, share: Share
) -> None:
    list_id = bob.make_list("Ours")["id"]
    share(list_id, alice, "viewer")
    mine = alice.made("views", URGENT)["id"]
    ours = bob.made("views", {"name": "Shared", "list_id": list_id})["id"]
    bob.made("views", {"name": "Secret"})
    page = browser.get("/admin/views").text
    assert "Urgent priority = high Due first Only you Edit Urgent" in words(page)
    assert "Shared Every todo Newest first Ours by bob" in words(page)
    assert f'href="/admin/todos?view={mine}"' in page
    assert f"/admin/views/{ours}/edit" not in page
    assert "Secret" not in page


def test_without_any_it_says_how_to_get_one(browser: Browser) -> None:
    assert "No saved views yet" in browser.get("/admin/views").text


def test_one_makes_a_view_and_shares_it(browser: Browser, alice: Api, bob: Api) -> None:
    list_id = alice.make_list("Ours")["id"]
    theirs = bob.make_list("Theirs")["id"]
    choices = browser.get("/admin/views/new").text
    assert f'<option value="{list_id}">The members of “Ours”' in choices
    assert "Theirs" not in choices
    answer = browser.post("/admin/views/new", **URGENT, list_id="")
    assert (answer.status_code, answer.location) == (303, "/admin/views")
    [made] = views_of(alice)
    assert {**made, **URGENT, "list_id": None} == made
    path = f"/admin/views/{made['id']}/edit"
    form = {**URGENT, "name": "Ours", "list_id": str(list_id), "version": "1"}
    browser.post(path, **form)
    [shared] = views_of(alice)
    assert (shared["name"], shared["list_id"], shared["version"]) == ("Ours", list_id, 2)
    refused = browser.post(path, **form | {"list_id": str(theirs), "version": "2"})
    assert (refused.status_code, "No such list." in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, 'id="name-error">Must not be empty.'),
        (
            {"filter": "status = pending\r\nAND pirority = high"},
            'id="filter-error">At character 22',
        ),
        ({"filter": "("}, 'id="filter-error">At character'),
        ({"sort": "age"}, 'id="sort-error">Not a valid choice.'),
        ({"list_id": "9" * 5000}, 'id="list_id-error">Must be a whole number.'),
        ({"list_id": "x"}, 'id="list_id-error">Must be a whole number.'),
        ({"name": "a\0"}, 'id="name-error">Must not contain control characters.'),
    ],
)
def test_what_is_wrong_is_said_where_it_is(
    browser: Browser, alice: Api, typed: dict[str, str], told: str
) -> None:
    form = {**URGENT, "list_id": "", **typed}
    answer = browser.post("/admin/views/new", **form)
    assert answer.status_code == 422
    assert told in answer.text
    assert views_of(alice) == []


def test_of_two_who_save_the_second_sees_both_and_decides(browser: Browser, alice: Api) -> None:
    list_id = alice.make_list("Ours")["id"]
    view_id = alice.made("views", URGENT)["id"]
    alice.patch(f"views/{view_id}", {"filter": "open = true", "list_id": list_id, "sort": "title"})
    path = f"/admin/views/{view_id}/edit"
    form = {**URGENT, "filter": "priority = low", "list_id": ""}
    refused = browser.post(path, **form, version="1")
    assert refused.status_code == 409
    for told in ("open = true", "Title, A to Z", "The members of “Ours”, over its todos"):
        assert f"Somebody else has saved: {told}" in refused.text
    assert "priority = low</textarea>" in refused.text
    version = re.search(r'name="version"[^>]* value="(\d+)"', refused.text)
    assert version
    browser.post(path, **form, version=version[1])
    assert views_of(alice)[0]["filter"] == "priority = low"


def test_a_view_is_deleted_after_a_question(browser: Browser, alice: Api) -> None:
    view_id = alice.made("views", URGENT)["id"]
    path = f"/admin/views/{view_id}/delete"
    assert "Delete “Urgent”?" in browser.get(path).text
    assert len(views_of(alice)) == 1
    assert browser.post(path).location == "/admin/views"
    assert views_of(alice) == []


def test_a_view_that_one_does_not_see_is_not_there(browser: Browser, bob: Api) -> None:
    view_id = bob.made("views", URGENT)["id"]
    for page in ("edit", "delete"):
        path = f"/admin/views/{view_id}/{page}"
        assert browser.get(path).status_code == 404
        assert browser.post(path, "/admin/views", **URGENT, list_id="").status_code == 404
    assert views_of(bob)[0]["version"] == 1


def test_who_may_only_look_changes_nothing(
    browser: Browser, alice: Api, bob: Api, share: Share
) -> None:
    list_id = bob.make_list("Ours")["id"]
    share(list_id, alice, "viewer")
    view_id = bob.made("views", {**URGENT, "list_id": list_id})["id"]
    for page in ("edit", "delete"):
        path = f"/admin/views/{view_id}/{page}"
        form = {"name": "Mine", "filter": "", "sort": "title", "list_id": str(list_id)}
        assert browser.post(path, "/admin/views", **form).status_code == 403
    assert views_of(bob)[0]["version"] == 1


def test_the_page_takes_as_many_statements_whatever_is_on_it(browser: Browser, alice: Api) -> None:
    def statements() -> int:
        with counted(alice.app) as run:
            assert browser.get("/admin/views").status_code == 200
        return len(run)

    alice.made("views", {**URGENT, "list_id": alice.make_list()["id"]})
    browser.get("/admin/views")
    few = statements()
    for number in range(55):
        list_id = alice.make_list()["id"] if number % 10 == 0 else None
        alice.made("views", {"name": f"View {number:02}", "list_id": list_id})
    assert statements() == few == 3
    following = re.search(r'rel="next" href="([^"]+)"', browser.get("/admin/views").text)
    assert following
    assert "View 54" in browser.get(following[1].replace("&amp;", "&")).text
