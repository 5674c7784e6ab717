"""The page of the trash: looked through, brought back from, emptied."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.admin.test_lists import alice, browser, words
from tests.admin.test_tags import undo
from tests.support.api import Api
from tests.support.pages import Browser
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.limits import UserRole

__all__ = ["alice", "browser"]
Share = Callable[[int, Api, str], None]
Person = Callable[..., Api]
PAGE = "/admin/trash"


def trashed(api: Api, title: str = "Milk", **values: object) -> int:
    """Make a todo, throw it away, and return its id."""
    todo_id: int = api.todo(title, **values)["id"]
    api.delete(f"todos/{todo_id}")
    return todo_id


def names(browser: Browser, query: str = "") -> list[str]:
    """Return what the page shows, in order."""
    return re.findall(r"data-open>([^<]+)<", browser.get(f"{PAGE}{query}").text)


def test_what_went_together_is_one_line_the_newest_first(
    browser: Browser, alice: Api, bob: Api
) -> None:
    trashed(alice, "Milk")
    parent = alice.todo("Garden")["id"]
    for title in ("Dig", "Plant"):
        alice.todo(title, parent_id=parent)
    alice.delete(f"todos/{parent}")
    groceries = alice.make_list("Groceries", color="#3366cc")["id"]
    trashed(alice, "Before", list_id=groceries)
    alice.todo("Bread", list_id=groceries)
    alice.delete(f"lists/{groceries}")
    trashed(bob, "Secret")
    page = browser.get(PAGE).text
    assert names(browser) == ["Groceries", "Garden", "Milk"]
    shown = re.sub(r"now|a second ago|\d+ seconds ago", "lately", words(page))
    shown = re.sub(r" \d+ [A-Z][a-z]{2}( \d{4})? \d\d:\d\d", "", shown)  # until then it stays
    assert "List Groceries with 1 todo lately by alice Restore Groceries" in shown
    assert "Garden with 2 subtasks Inbox lately by alice" in shown
    alice.post(f"lists/{groceries}/restore")
    assert names(browser) == ["Before", "Garden", "Milk"]


def test_an_empty_trash_says_so(browser: Browser) -> None:
    page = browser.get(PAGE).text
    assert "The trash is empty" in page
    assert "Restore all" not in page


def test_one_thing_comes_back_with_what_is_below_it(browser: Browser, alice: Api) -> None:
    parent = alice.todo("Garden")["id"]
    alice.todo("Dig", parent_id=parent)
    alice.delete(f"todos/{parent}")
    answer = browser.post(f"{PAGE}/restore", PAGE, todos=str(parent), next=PAGE)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Restored with 1 subtask." in browser.get(PAGE).text
    assert len(alice.ids()) == 2


def test_what_is_selected_comes_back_by_one_operation(browser: Browser, alice: Api) -> None:
    milk, bread = trashed(alice, "Milk"), trashed(alice, "Bread")
    trashed(alice, "Stays")
    groceries = alice.make_list("Groceries")["id"]
    alice.todo("Eggs", list_id=groceries)
    alice.delete(f"lists/{groceries}")
    fields = {"todos": [str(milk), str(bread)], "lists": [str(groceries)]}
    browser.post(f"{PAGE}/restore", PAGE, **fields)  # type: ignore[arg-type]
    assert alice.get("todos?trashed=true").get_json()["todos"][0]["title"] == "Stays"
    undo(browser, PAGE, "1 list, with its todos, and 2 todos are back.")
    assert set(names(browser)) == {"Stays", "Milk", "Bread", "Groceries"}


def test_all_comes_back_or_all_that_match(browser: Browser, alice: Api) -> None:
    parent = alice.todo("Oat cake")["id"]
    child = alice.todo("Bake", parent_id=parent)["id"]
    alice.delete(f"todos/{child}")
    alice.delete(f"todos/{parent}")
    for title in ("Oat milk", "Bread"):
        trashed(alice, title)
    browser.post(f"{PAGE}/restore?q=oat", PAGE, all="yes")
    assert names(browser) == ["Bread", "Bake"]
    browser.post(f"{PAGE}/restore", PAGE, all="yes")
    assert names(browser) == []
    assert len(alice.ids()) == 4


def test_a_search_finds_what_is_further_down(browser: Browser, alice: Api) -> None:
    parent = alice.todo("Garden")["id"]
    alice.todo("Dig ditches", parent_id=parent)
    alice.delete(f"todos/{parent}")
    groceries = alice.make_list("Dig in")["id"]
    alice.todo("Dig up", list_id=groceries)
    alice.delete(f"lists/{groceries}")
    assert names(browser, "?q=dig") == ["Dig in", "Dig up", "Dig ditches"]
    assert "Restore its list or parent first" in browser.get(f"{PAGE}?q=up").text
    assert names(browser, "?q=nothing") == []
    assert "Nothing matches" in browser.get(f"{PAGE}?q=nothing").text


@pytest.mark.parametrize("text", ["!!!", "a " * 20, "x" * 300, "a%00"])
def test_what_cannot_be_searched_for_is_said_and_does_nothing(
    browser: Browser, alice: Api, text: str
) -> None:
    trashed(alice)
    page = browser.get(f"{PAGE}?q={text}")
    assert page.status_code == 200
    assert 'id="q-error">Must ' in page.text
    for action in ("restore", "purge"):
        answer = browser.post(f"{PAGE}/{action}?q={text}", PAGE, all="yes", sure="yes")
        assert answer.status_code == 422
    assert names(browser) == ["Milk"]


def test_what_cannot_come_back_yet_is_said(browser: Browser, alice: Api) -> None:
    parent = alice.todo("Garden")["id"]
    child = alice.todo("Dig", parent_id=parent)["id"]
    alice.delete(f"todos/{child}")
    alice.delete(f"todos/{parent}")
    refused = browser.post(f"{PAGE}/restore", PAGE, todos=str(child))
    assert refused.status_code == 409
    assert f"Its parent, todo {parent}, is in the trash: restore that first." in refused.text
    assert names(browser) == ["Garden"]


def test_who_may_only_look_is_offered_nothing(
    browser: Browser, alice: Api, bob: Api, share: Share
) -> None:
    list_id = bob.make_list()["id"]
    share(list_id, alice, "viewer")
    todo_id = trashed(bob, list_id=list_id)
    page = browser.get(PAGE).text
    assert "Milk" in page
    assert "data-select" not in page
    assert "Restore" not in page
    for action in ("restore", "purge"):
        answer = browser.post(f"{PAGE}/{action}", PAGE, todos=str(todo_id), sure="yes")
        assert answer.status_code == 403


def test_an_administrator_sees_everybodys(browser: Browser, bob: Api, person: Person) -> None:
    person("root", password="quiet otter paints 7 fences", role=UserRole.ADMIN)
    trashed(bob, "Theirs")
    root = Browser(browser.app)
    root.log_in("root")
    assert names(root) == ["Theirs"]
    assert "everybody's, not yours alone" in words(root.get(f"{PAGE}/purge?all=yes").text)


def test_the_page_takes_as_many_statements_whatever_is_on_it(browser: Browser, alice: Api) -> None:
    def statements() -> int:
        with counted(alice.app) as run:
            assert browser.get(PAGE).status_code == 200
        return len(run)

    trashed(alice)
    browser.get(PAGE)
    few = statements()
    for number in range(55):
        parent = alice.todo(f"Todo {number:02}")["id"]
        if number % 10 == 0:
            alice.todo(parent_id=parent)
            list_id = alice.make_list(f"List {number}")["id"]
            alice.delete(f"lists/{list_id}")
        alice.delete(f"todos/{parent}")
    assert statements() == few == 4
    shown, url = [], PAGE
    while url:
        page = browser.get(url).text
        shown += re.findall(r"data-open>([^<]+)<", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = following[1].replace("&amp;", "&") if following else ""
    todos = [f"Todo {number:02}" for number in range(55)]
    lists = [f"List {number}" for number in range(0, 55, 10)]
    assert sorted(shown) == sorted(["Milk", *todos, *lists])
    assert shown[:2] == ["Todo 54", "Todo 53"]


def test_it_says_until_when_each_stays(
    browser: Browser, alice: Api, configured: Callable[..., Flask]
) -> None:
    trashed(alice)
    then = utcnow() + timedelta(days=30)
    page = words(browser.get(PAGE).text)
    assert "deletes it for good. After 30 days it goes by itself." in page
    assert f"by alice {then.day} {then:%b}" in re.sub(r" \d{4}| \d\d:\d\d", "", page)
    other = Browser(configured(trash_days="0"))
    other.log_in("alice")
    page = words(other.get(PAGE).text)
    assert "by itself" not in page
    assert "Stays until" not in page
