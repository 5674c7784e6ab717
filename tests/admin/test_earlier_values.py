"""Earlier values of a todo's fields, brought back from its history."""

import re
from collections.abc import Callable

from tests.support.api import Api
from tests.support.forms import fields
from tests.support.pages import Browser
from todoapp.limits import ListRole

Share = Callable[[int, Api, str], None]


def restore(window: Browser, todo_id: int, change_id: int, field: str) -> int:
    """Give a field its value from before a change; return the status."""
    path = f"/admin/todos/{todo_id}"
    sent = {"change_id": str(change_id), "field": field}
    return window.post(f"{path}/values", form=path, **sent).status_code


def test_an_earlier_value_comes_back_and_can_be_undone(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Old", tags=["a", "b"], due_date="2030-01-02", description="Long " * 60)
    path = f"todos/{todo['id']}"
    visitor.patch(path, {"title": "New", "tags": [], "due_date": None, "description": None})
    visitor.patch(path, {"priority": "high"})
    change_id = visitor.get(f"{path}/history").get_json()["changes"][1]["id"]
    for field in ("title", "tags", "due_date", "description"):
        assert restore(window, todo["id"], change_id, field) == 303
        assert visitor.get(path).get_json()[field] == todo[field]
        page = window.get(f"/admin/{path}").text
        assert "the earlier value is back." in page
        window.send(
            re.findall(r'action="(/admin/changes/\d+/undo)"', page)[0], **fields(page, "Undo")
        )
        assert visitor.get(path).get_json()[field] != todo[field]
        assert restore(window, todo["id"], change_id, field) == 303
    assert visitor.get(path).get_json()["priority"] == "high"


def test_a_value_that_is_the_present_one_needs_no_button(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Old", due_date="2030-01-02T08:00:00Z")
    path = f"todos/{todo['id']}"
    for body in ({"title": "New"}, {"title": "Old"}, {"due_date": None}, {"priority": "low"}):
        visitor.patch(path, body)
    page = window.get(f"/admin/{path}").text
    assert re.findall(r"Restore old<span[^>]*> (.*?)</span>", page) == [
        "Priority: Medium",
        "Due date: 2 Jan 2030 09:00",
        "Title: New",
    ]


def test_what_no_longer_fits_is_not_restored(
    visitor: Api, bob: Api, window: Browser, share: Share
) -> None:
    list_id = visitor.make_list("Shared")["id"]
    share(list_id, bob, ListRole.EDITOR)
    todo = visitor.todo("Ask Bob", list_id=list_id, assigned_to="bob")
    path = f"todos/{todo['id']}"
    visitor.patch(path, {"assigned_to": None})
    change_id = visitor.get(f"{path}/history").get_json()["changes"][0]["id"]
    visitor.delete(f"lists/{list_id}/members/bob")
    assert restore(window, todo["id"], change_id, "assigned_to") == 422
    for field, change in (
        ("title", change_id),
        ("assigned_to", change_id + 1),
        ("x", 0),
        ("title", 10**20),
        ("title", -(10**20)),
    ):
        assert restore(window, todo["id"], change, field) == 404


def test_what_a_todo_was_in_a_list_one_does_not_see_stays_there(
    visitor: Api, bob: Api, window: Browser, share: Share
) -> None:
    secret, shared = bob.make_list("Secret")["id"], bob.make_list("Shared")["id"]
    share(shared, visitor, ListRole.EDITOR)
    todo = bob.todo("Hidden title", list_id=secret)
    bob.patch(f"todos/{todo['id']}", {"list_id": shared, "title": "Shown"})
    page = window.get(f"/admin/todos/{todo['id']}").text
    assert "Hidden title" not in page
    assert "Restore old" not in page
    changes = visitor.get(f"todos/{todo['id']}/history").get_json()["changes"]
    for field in ("title", "list_id"):
        assert restore(window, todo["id"], changes[0]["id"], field) == 404
