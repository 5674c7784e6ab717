"""What is done to many todos of the list at once: to the ticked, or to all that match."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import Api
from tests.support.listing import titles
from tests.support.pages import Browser
from todoapp.limits import BULK_MAX, ListRole

HERE = "/admin/todos?find=title+:+todo&status=any&sort=title&page_size=3"


@pytest.fixture
def todos(visitor: Api) -> list[int]:
    """Return the ids of alice's five todos."""
    return [visitor.todo(f"Todo {number}", tags=["old"])["id"] for number in range(1, 6)]


def send(
    window: Browser, action: str, ids: list[int], here: str = HERE, **more: Any
) -> TestResponse:
    token = window.get(here).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "next": here, "action": action, "id": list(map(str, ids)), **more}
    return window.client.post("/admin/todos/bulk", base_url=window.base_url, data=data)


def undo(window: Browser) -> None:
    path = window.get(HERE).text.split('/undo"')[0].rpartition('action="')[2]
    assert window.post(f"{path}/undo", HERE, next=HERE).status_code == 303


ACTIONS: list[tuple[str, dict[str, str], dict[str, Any], str]] = [
    ("complete", {}, {"status": "completed"}, "completed"),
    ("tag", {"tags": "new, Newer"}, {"tags": ["old", "new", "Newer"]}, "tagged"),
    ("untag", {"tags": "OLD"}, {"tags": []}, "untagged"),
    ("priority", {"priority": "high"}, {"priority": "high"}, "given another priority"),
    ("assign", {"assigned_to": "alice"}, {"assigned_to": "alice"}, "assigned"),
    ("due", {"due_date": "2030-01-02"}, {"due_date": "2030-01-02"}, "given another due date"),
]


@pytest.mark.parametrize(("action", "given", "wanted", "told"), ACTIONS)
def test_it_is_done_to_the_ticked_told_and_undone(
    visitor: Api,
    window: Browser,
    todos: list[int],
    action: str,
    given: dict[str, str],
    wanted: dict[str, Any],
    told: str,
) -> None:
    def values() -> list[dict[str, Any]]:
        found = [visitor.get(f"todos/{id_}").get_json() for id_ in todos]
        return [{name: todo[name] for name in wanted} for todo in found]

    before = values()
    done = send(window, action, todos[:2], **given)
    assert (done.status_code, done.location) == (303, HERE)
    assert values() == [wanted, wanted, *before[2:]]
    assert f"2 todos are {told}." in window.get(HERE).text
    send(window, action, todos[:2], **given)
    assert "There was nothing to change." in window.get(HERE).text
    send(window, action, todos[:1] if action == "complete" else todos[2:], **given)
    if action != "complete":
        assert values() == [wanted] * 5
        undo(window)
        assert values() == [wanted, wanted, *before[2:]]


def test_todos_are_reopened_cleared_moved_and_thrown_away(
    visitor: Api, window: Browser, todos: list[int]
) -> None:
    house = visitor.make_list("House")["id"]

    def first() -> Any:
        return visitor.get(f"todos/{todos[0]}").get_json()

    send(window, "complete", todos[:1])
    send(window, "reopen", todos[:1])
    assert first()["status"] == "pending"
    assert "1 todo is open again." in window.get(HERE).text
    for action, clearing, given in (
        ("assign", "unassign", {"assigned_to": "alice"}),
        ("due", "undue", {"due_date": "2030-01-02"}),
    ):
        (name,) = given
        send(window, action, todos[:1], **given)
        assert first()[name] is not None
        send(window, clearing, todos[:1])
        assert first()[name] is None
    send(window, "move", todos[:1], list_id=str(house))
    assert first()["list_id"] == house
    send(window, "trash", todos)
    assert visitor.ids() == []
    undo(window)
    assert titles(window.get(HERE)) == ["Todo 1", "Todo 2", "Todo 3"]


def test_all_that_match_are_meant_beyond_the_page(
    visitor: Api, window: Browser, todos: list[int]
) -> None:
    visitor.todo("Other", tags=["old"])
    page = window.get(HERE).text
    assert "all 5 that match" in page
    send(window, "untag", todos[:1], all="1", tags="old")
    assert "5 todos are untagged." in window.get(HERE).text
    assert visitor.get("tags").get_json()["tags"] == [{"name": "old", "todo_count": 1}]


def test_a_form_that_does_not_say_its_list_is_refused(
    visitor: Api, window: Browser, todos: list[int]
) -> None:
    for wrong in ("", "/admin", "https://evil.example/admin/todos"):
        assert send(window, "trash", [], all="1", next=wrong).status_code == 400
    assert len(visitor.ids()) == 5


@pytest.mark.parametrize(
    ("action", "given", "told"),
    [
        ("move", {}, "List: fill it in first."),
        ("tag", {"tags": " , "}, "Tag: "),
        ("priority", {"priority": "huge"}, "Priority: "),
        ("assign", {"assigned_to": "nobody-here"}, "Assigned to: "),
        ("due", {"due_date": "tomorrow"}, "Due date: "),
        ("due", {}, "Due date: fill it in first."),
        ("explode", {}, "Action: "),
        ("", {}, "Action: "),
    ],
)
def test_what_is_refused_is_explained_and_the_choice_kept(
    visitor: Api,
    window: Browser,
    todos: list[int],
    action: str,
    given: dict[str, str],
    told: str,
) -> None:
    refused = send(window, action, todos[:2], **given)
    assert refused.status_code == 422
    assert f'role="alert"><p>{told}' in refused.text
    assert refused.text.count(" checked") == 2
    assert titles(refused) == ["Todo 1", "Todo 2", "Todo 3"]


def test_too_many_are_refused(visitor: Api, window: Browser, todos: list[int]) -> None:
    refused = send(window, "complete", list(range(1, BULK_MAX + 2)))
    assert refused.status_code == 409
    assert "narrow the filter" in refused.text
    assert send(window, "complete", [0, -1, 10**30]).status_code == 303


def test_others_todos_are_passed_over_and_those_to_look_at_refused(
    app: Flask,
    visitor: Api,
    window: Browser,
    todos: list[int],
    bob: Api,
    share: Callable[..., None],
) -> None:
    shared = bob.make_list("Bob's")["id"]
    seen = bob.todo("Todo of Bob's", list_id=shared)["id"]
    private = bob.todo("Todo unseen")["id"]
    share(shared, visitor, ListRole.VIEWER)
    send(window, "complete", [todos[0], private])
    assert "1 todo is completed." in window.get(HERE).text
    refused = send(window, "complete", [todos[1], seen])
    assert refused.status_code == 409
    assert "You may only look at 1 of these todos." in refused.text
    assert {bob.get(f"todos/{id_}").get_json()["version"] for id_ in (seen, private)} == {1}
