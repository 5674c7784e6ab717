"""The pages of tags: counted, renamed, merged, removed, and all of it taken back."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.admin.test_lists import alice, browser, words
from tests.support.api import Api
from tests.support.pages import Browser
from tests.support.statements import counted

__all__ = ["alice", "browser"]
Share = Callable[[int, Api, str], None]


def tags_of(api: Api) -> dict[str, int]:
    return {one["name"]: one["todo_count"] for one in api.get("tags").get_json()["tags"]}


def undo(browser: Browser, page: str = "/admin/tags", told: str = "") -> None:
    """Press the button of the notice on the page, which says what was done."""
    text = browser.get(page).text
    assert told in text
    button = re.search(r'action="(/admin/changes/\d+/undo)"', text)
    assert button
    assert browser.post(button[1], page).status_code == 303


def test_one_sees_the_tags_of_the_todos_that_one_sees(
    browser: Browser, alice: Api, bob: Api
) -> None:
    for tags in (["home", "a b/ü&c"], ["home"]):
        alice.todo(tags=tags)
    bob.todo(tags=["secret"])
    page = browser.get("/admin/tags").text
    assert "home 2 Rename home Remove home" in words(page)
    assert 'href="/admin/todos?tags=a+b/%C3%BC%26c"' in page
    assert "secret" not in page


def test_without_tags_it_says_how_to_get_some(browser: Browser) -> None:
    page = browser.get("/admin/tags").text
    assert "No tags yet" in page
    assert 'role="search"' not in page


@pytest.mark.parametrize(
    ("beginning", "found"), [("HO", {"home", "hot"}), ("o", set()), ("_", {"_"})]
)
def test_tags_are_found_by_their_beginning(
    browser: Browser, alice: Api, beginning: str, found: set[str]
) -> None:
    alice.todo(tags=["home", "hot", "work", "_"])
    page = browser.get(f"/admin/tags?beginning={beginning}").text
    assert set(re.findall(r"data-open>([^<]+)<", page)) == found
    assert ("No such tag" in page) == (not found)


def test_a_tag_is_renamed_everywhere_and_back(browser: Browser, alice: Api) -> None:
    name = "a b/ü&c"
    alice.todo(tags=[name])
    alice.todo(tags=["x", name])
    path = f"/admin/tags/rename?tag={quote(name)}&next=/admin/tags?beginning%3Da"
    assert 'value="a b/ü&amp;c"' in browser.get(path).text
    answer = browser.post(
        "/admin/tags/rename", path, tag=name, name="new", next="/admin/tags?beginning=a"
    )
    assert (answer.status_code, answer.location) == (303, "/admin/tags?beginning=a")
    assert tags_of(alice) == {"new": 2, "x": 1}
    undo(browser, answer.location)
    assert tags_of(alice) == {name: 2, "x": 1}


@pytest.mark.parametrize("wanted", ["", "a,b", "x\0", "x" * 61])
def test_what_is_no_name_is_said_beside_the_field(
    browser: Browser, alice: Api, wanted: str
) -> None:
    alice.todo(tags=["home"])
    path = "/admin/tags/rename?tag=home"
    answer = browser.post("/admin/tags/rename", path, tag="home", name=wanted)
    assert answer.status_code == 422
    assert 'id="name-error">Must ' in answer.text
    assert tags_of(alice) == {"home": 1}


def test_another_spelling_asks_nothing(browser: Browser, alice: Api) -> None:
    alice.todo(tags=["home"])
    path = "/admin/tags/rename?tag=home"
    browser.post("/admin/tags/rename", path, tag="home", name="Home")
    assert tags_of(alice) == {"Home": 1}


def test_two_tags_become_one_after_a_question(browser: Browser, alice: Api) -> None:
    alice.todo(tags=["home", "house"])
    alice.todo(tags=["home"])
    typed = {"tag": "home", "name": "HOUSE", "next": "/admin/tags"}
    asked = browser.post("/admin/tags/rename", "/admin/tags/rename?tag=home", **typed)
    assert asked.status_code == 303
    page = words(browser.get(asked.location).text)
    assert "There is a tag house already, on 1 todo." in page
    assert "the 2 todos with home will have that one instead" in page
    assert tags_of(alice) == {"home": 2, "house": 1}
    browser.post("/admin/tags/rename", asked.location, **typed, sure="yes")
    assert tags_of(alice) == {"HOUSE": 2}
    undo(browser)
    assert tags_of(alice) == {"home": 2, "house": 1}


def test_a_tag_is_removed_after_a_question_and_back(browser: Browser, alice: Api) -> None:
    todo = alice.todo(tags=["home", "x"])
    path = "/admin/tags/remove?tag=home"
    assert "One todo has the tag home ." in words(browser.get(path).text)
    assert browser.post("/admin/tags/remove", path, tag="home").location == "/admin/tags"
    assert tags_of(alice) == {"x": 1}
    undo(browser)
    assert alice.get(f"todos/{todo['id']}").get_json()["tags"] == ["home", "x"]


@pytest.mark.parametrize("page", ["rename", "remove"])
def test_a_tag_that_one_does_not_see_is_not_there(browser: Browser, bob: Api, page: str) -> None:
    bob.todo(tags=["secret"])
    for name in ("secret", "", "%00"):
        assert browser.get(f"/admin/tags/{page}?tag={name}").status_code == 404
    answer = browser.post(f"/admin/tags/{page}", "/admin/tags", tag="secret", name="x")
    assert answer.status_code == 404
    assert tags_of(bob) == {"secret": 1}


def test_who_may_only_look_changes_nothing(
    browser: Browser, alice: Api, bob: Api, share: Share
) -> None:
    todo = bob.todo(list_id=bob.make_list()["id"], tags=["theirs"])
    share(todo["list_id"], alice, "viewer")
    path = "/admin/tags/rename?tag=theirs"
    answer = browser.post("/admin/tags/rename", path, tag="theirs", name="mine")
    assert answer.status_code == 403
    assert tags_of(bob) == {"theirs": 1}


def test_the_page_takes_as_many_statements_whatever_is_on_it(browser: Browser, alice: Api) -> None:
    def statements() -> int:
        with counted(alice.app) as run:
            assert browser.get("/admin/tags").status_code == 200
        return len(run)

    alice.todo(tags=["one"])
    browser.get("/admin/tags")
    few = statements()
    for group in range(2):
        alice.todo(tags=[f"t{group}{number:02}" for number in range(40)])
    assert statements() == few == 2
    following = re.search(r'rel="next" href="([^"]+)"', browser.get("/admin/tags").text)
    assert following
    assert "t139" in browser.get(following[1].replace("&amp;", "&")).text
