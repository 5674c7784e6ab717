"""What is in the trash is deleted for good, after a question."""

from collections.abc import Callable
from unittest.mock import patch

import pytest

from tests.admin.test_lists import alice, browser, words
from tests.admin.test_trash import PAGE, names, trashed
from tests.support.api import Api
from tests.support.pages import Browser
from todoapp.services import trash_picks

__all__ = ["alice", "browser"]
Share = Callable[[int, Api, str], None]


def test_what_is_deleted_for_good_is_asked_about_first(browser: Browser, alice: Api) -> None:
    milk, kept = trashed(alice, "Milk"), trashed(alice, "Bread")
    asked = browser.post(f"{PAGE}/purge", PAGE, todos=str(milk), next=PAGE)
    assert asked.status_code == 303
    page = browser.get(asked.location).text
    assert "1 todo, with all below it, will be gone. Nobody can bring it back. Milk" in words(page)
    assert len(names(browser)) == 2
    done = browser.post(f"{PAGE}/purge", asked.location, todos=str(milk), sure="yes", next=PAGE)
    assert done.location == PAGE
    assert "1 todo is gone for good." in browser.get(PAGE).text
    assert names(browser) == ["Bread"]
    assert alice.get(f"todos/{milk}").status_code == 404
    assert alice.get(f"todos/{kept}").status_code == 200


def test_the_trash_is_emptied(browser: Browser, alice: Api, bob: Api, share: Share) -> None:
    groceries = alice.make_list("Groceries")["id"]
    share(groceries, bob, "viewer")
    alice.todo("Eggs", list_id=groceries, tags=["x"])
    view = alice.made("views", {"name": "View", "list_id": groceries})["id"]
    alice.delete(f"lists/{groceries}")
    trashed(alice)
    secret = trashed(bob)
    asked = browser.get(f"{PAGE}/purge?all=yes")
    assert "1 list, with all that is in it, and 1 todo" in words(asked.text)
    done = browser.post(f"{PAGE}/purge", f"{PAGE}/purge?all=yes", all="yes", sure="yes")
    assert done.status_code == 303, done.text
    assert "1 list and 2 todos are gone for good." in words(browser.get(PAGE).text)
    assert names(browser) == []
    assert alice.get(f"lists/{groceries}").status_code == 404
    assert alice.get(f"views/{view}").status_code == 404
    assert bob.get(f"todos/{secret}").status_code == 200
    told = bob.get("changes").get_json()["changes"]
    assert (told[-1]["action"], told[-1]["diff"]) == ("leave", {"list_id": [groceries, None]})


def test_it_is_emptied_in_parts_if_there_is_very_much(browser: Browser, alice: Api) -> None:
    groceries = alice.make_list("Groceries")["id"]
    for _ in range(3):
        alice.todo(list_id=groceries)
    alice.delete(f"lists/{groceries}")
    trashed(alice, "Milk")
    with patch.object(trash_picks, "BULK_MAX", 2):
        for left in (["Milk", "Groceries"], []):
            browser.post(f"{PAGE}/purge", f"{PAGE}/purge?all=yes", all="yes", sure="yes")
            assert names(browser) == left


def test_others_things_are_passed_over(browser: Browser, bob: Api) -> None:
    todo_id, list_id = trashed(bob), bob.make_list()["id"]
    bob.delete(f"lists/{list_id}")
    picked = {"todos": str(todo_id), "lists": str(list_id)}
    browser.post(f"{PAGE}/restore", PAGE, **picked)
    assert "Nothing came back" in browser.get(PAGE).text
    browser.post(f"{PAGE}/purge", PAGE, **picked, sure="yes")
    assert "Nothing is deleted" in browser.get(PAGE).text
    assert "Nothing is selected" in browser.get(f"{PAGE}/purge?todos={todo_id}").text
    assert bob.get(f"lists/{list_id}").get_json()["version"] == 2


@pytest.mark.parametrize("picked", [{}, {"todos": "x"}, {"lists": "9" * 30}, {"todos": "²"}])
def test_nothing_that_can_be_picked_is_nothing(
    browser: Browser, alice: Api, picked: dict[str, str]
) -> None:
    trashed(alice)
    for action in ("restore", "purge"):
        assert browser.post(f"{PAGE}/{action}", PAGE, **picked, sure="yes").status_code == 303
    assert names(browser) == ["Milk"]
