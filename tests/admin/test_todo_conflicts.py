"""Two people edit one todo: the second sees both versions, and nothing is lost."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.forms import fields
from tests.support.pages import Browser

Share = Callable[[int, Api, str], None]
MINE = {"title": "Mine", "description": "Mine\r\n\r\n<b>two</b>", "tags": "a, b"}


@pytest.fixture
def todo(visitor: Api, bob: Api, share: Share) -> Any:
    """Return a todo of a list that alice and bob share."""
    list_id = visitor.make_list("Shared")["id"]
    share(list_id, bob, "editor")
    return visitor.todo("Base", description="Base", tags=["a"], priority="low", list_id=list_id)


def path(todo: Any) -> str:
    return f"/admin/todos/{todo['id']}/edit"


def meet(window: Browser, bob: Api, todo: Any, **theirs: Any) -> Any:
    """Let alice and bob edit at once, and bob be the first to save; return alice's page."""
    sent = fields(window.get(path(todo)).text, "Save") | MINE
    assert bob.patch(f"todos/{todo['id']}", theirs).status_code == 200
    return window.send(path(todo), **sent)


def rows(html: str) -> dict[str, str]:
    """Return by whom each field was changed, as the page says it."""
    found = re.findall(r'<th scope="row">(.*?) <span[^>]*>(.*?)</span>', html)
    return {unescape(label): said for label, said in found}


def stored(api: Api, todo: Any) -> Any:
    return api.get(f"todos/{todo['id']}").get_json()


THEIRS = {"title": "Theirs", "description": "Theirs", "priority": "high"}


def test_both_versions_are_shown_and_neither_is_lost(
    window: Browser, visitor: Api, bob: Api, todo: Any
) -> None:
    page = meet(window, bob, todo, **THEIRS)
    assert page.status_code == 409
    assert "<strong>bob</strong> saved it" in page.text
    assert rows(page.text) == {
        "Title": "both changed it",
        "Description": "both changed it",
        "Priority": "bob changed it",
        "Tags": "you changed it",
    }
    for text in ("Mine", "Theirs", "&lt;b&gt;two&lt;/b&gt;", "High", "Low"):
        assert text in page.text
    assert "<b>two" not in page.text
    assert stored(visitor, todo)["title"] == "Theirs"


def test_saving_what_is_chosen_joins_what_each_has_done(
    window: Browser, visitor: Api, bob: Api, todo: Any
) -> None:
    chosen = fields(meet(window, bob, todo, **THEIRS).text, "Save what is chosen")
    answer = window.send(path(todo), **chosen | {"title": "Theirs"})
    assert answer.status_code == 303
    now = stored(visitor, todo)
    assert (now["title"], now["description"]) == ("Theirs", "Mine\n\n<b>two</b>")
    assert (now["priority"], now["tags"]) == ("high", ["a", "b"])


def test_all_of_mine_goes_on_top(window: Browser, visitor: Api, bob: Api, todo: Any) -> None:
    page = meet(window, bob, todo, **THEIRS)
    answer = window.send(path(todo), **fields(page.text, "Keep all of mine"))
    assert answer.status_code == 303
    now = stored(visitor, todo)
    assert now == now | {"title": "Mine", "priority": "low", "tags": ["a", "b"], "version": 3}


def test_all_of_theirs_is_what_there_is(window: Browser, visitor: Api, bob: Api, todo: Any) -> None:
    page = meet(window, bob, todo, **THEIRS)
    assert f'href="/admin/todos/{todo["id"]}">Keep all of theirs</a>' in page.text
    assert stored(visitor, todo) == stored(visitor, todo) | THEIRS


def test_what_is_chosen_can_be_edited_on(
    window: Browser, visitor: Api, bob: Api, todo: Any
) -> None:
    page = meet(window, bob, todo, **THEIRS, due_date="2030-01-02T08:00:00Z")
    chosen = fields(page.text, "Save what is chosen")
    form = window.send(path(todo), **chosen, again="1")
    assert form.status_code == 200
    sent = fields(form.text, "Save")
    assert sent == sent | {
        "title": "Mine",
        "priority": "high",
        "due_date": "2030-01-02",
        "due_time": "09:00",
    }
    assert stored(visitor, todo)["version"] == 2
    assert window.send(path(todo), **sent | {"title": "Merged"}).status_code == 303
    now = stored(visitor, todo)
    assert (now["title"], now["due_date"]) == ("Merged", "2030-01-02T08:00:00Z")


@pytest.mark.parametrize("button", ["Save what is chosen", "Keep all of mine"])
def test_a_second_conflict_is_met_like_the_first(
    window: Browser, visitor: Api, bob: Api, todo: Any, button: str
) -> None:
    page = meet(window, bob, todo, **THEIRS)
    bob.patch(f"todos/{todo['id']}", {"title": "Theirs again", "assigned_to": "bob"})
    again = window.send(path(todo), **fields(page.text, button))
    assert again.status_code == 409
    said = rows(again.text)
    assert (said["Title"], said["Assigned to"]) == ("both changed it", "bob changed it")
    assert said["Description"] == "you changed it"
    assert stored(visitor, todo)["title"] == "Theirs again"
    assert window.send(path(todo), **fields(again.text, "Save what is chosen")).status_code == 303
    now = stored(visitor, todo)
    assert (now["title"], now["assigned_to"]) == ("Mine", "bob")
    assert now["description"] == "Mine\n\n<b>two</b>"


def test_a_todo_that_was_only_touched_keeps_what_both_want(
    window: Browser, visitor: Api, bob: Api, todo: Any
) -> None:
    page = meet(window, bob, todo, title="Mine", description="Mine\n\n<b>two</b>", tags=["a", "b"])
    assert page.status_code == 409
    assert rows(page.text) == {}
    assert "Both of you want the same." in " ".join(page.text.split())
    assert window.send(path(todo), **fields(page.text, "Save what is chosen")).status_code == 303


@pytest.mark.parametrize("seen", ["", "x", "-" * 40, "0-1-2"])
def test_without_knowing_what_was_seen_all_is_told_apart(
    window: Browser, bob: Api, todo: Any, seen: str
) -> None:
    sent = fields(window.get(path(todo)).text, "Save") | {"title": "Mine", "seen": seen}
    bob.patch(f"todos/{todo['id']}", {"priority": "high"})
    page = window.send(path(todo), **sent)
    assert rows(page.text) == {"Title": "both changed it", "Priority": "both changed it"}


def test_what_cannot_be_saved_is_not_lost_either(
    window: Browser, visitor: Api, bob: Api, todo: Any
) -> None:
    sent = fields(window.get(path(todo)).text, "Save") | {"due_date": "soon", "list_id": "x"}
    bob.patch(f"todos/{todo['id']}", {"title": "Theirs"})
    page = window.send(path(todo), **sent)
    assert page.status_code == 409
    form = window.send(path(todo), **fields(page.text, "Keep all of mine"))
    assert form.status_code == 422
    assert fields(form.text, "Save")["due_date"] == "soon"


def test_one_that_went_into_the_trash_says_so(
    window: Browser, visitor: Api, bob: Api, todo: Any
) -> None:
    sent = fields(window.get(path(todo)).text, "Save") | {"title": "Mine"}
    bob.delete(f"todos/{todo['id']}")
    page = window.send(path(todo), **sent)
    assert page.status_code == 409
    assert "It is in the trash by now." in page.text
    form = window.send(path(todo), **fields(page.text, "Keep all of mine"))
    assert form.status_code == 409
    assert fields(form.text, "Save")["title"] == "Mine"
    visitor.post(f"todos/{todo['id']}/restore")
    again = window.send(path(todo), **fields(form.text, "Save"))
    assert again.status_code == 409
    assert window.send(path(todo), **fields(again.text, "Keep all of mine")).status_code == 303
    assert stored(visitor, todo)["title"] == "Mine"
