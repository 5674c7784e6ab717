"""The form of a todo: what it takes, what it says when something is wrong, and what it leaves."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.forms import fields
from tests.support.pages import Browser
from tests.support.statements import counted
from todoapp.limits import DESCRIPTION_MAX, ListRole

Share = Callable[[int, Api, str], None]


def only(api: Api) -> Any:
    """Return the one todo there is."""
    [todo] = api.get("todos").get_json()["todos"]
    return todo


def errors(html: str) -> dict[str, str]:
    """Return what is wrong, by the field it is said beside."""
    return dict(re.findall(r'class="field-error" id="(\w+)-error">(.*?)</p>', html))


def edit(window: Browser, todo: Any, **changed: str) -> Any:
    """Open the form, change some of it, and save."""
    path = f"/admin/todos/{todo['id']}/edit"
    return window.send(path, **fields(window.get(path).text, "Save") | changed)


def test_a_todo_is_made_with_all_that_it_has(visitor: Api, window: Browser) -> None:
    house = visitor.make_list("House")["id"]
    parent = visitor.todo("Move", list_id=house)
    page = window.get(f"/admin/todos/new?list_id={house}&parent_id={parent['id']}&title=Pack")
    sent = fields(page.text, "Add the todo")
    assert sent == sent | {"title": "Pack", "list_id": str(house), "parent_id": str(parent["id"])}
    assert f'<option value="{parent["id"]}">Move</option>' in page.text
    answer = window.send(
        "/admin/todos/new",
        **sent
        | {
            "title": " Pack boxes ",
            "description": "one\r\n\r\ntwo",
            "status": "in_progress",
            "priority": "high",
            "tags": "home, Heavy ,,",
            "due_date": "2030-06-02",
            "due_time": "09:30",
            "assigned_to": "alice",
            "parent_id": f"#{parent['id']}",
        },
    )
    made = visitor.get(f"todos?parent_id={parent['id']}").get_json()["todos"][0]
    assert (answer.status_code, answer.location) == (303, f"/admin/todos/{made['id']}")
    wanted = {
        "title": "Pack boxes",
        "description": "one\n\ntwo",
        "status": "in_progress",
        "priority": "high",
        "tags": ["home", "Heavy"],
        "due_date": "2030-06-02T07:30:00Z",
        "assigned_to": "alice",
        "list_id": house,
    }
    assert made == made | wanted
    assert "“Pack boxes” is added." in window.get(answer.location).text


def test_a_title_is_enough_and_the_inbox_the_place(visitor: Api, window: Browser) -> None:
    visitor.make_list("Elsewhere")
    sent = fields(window.get("/admin/todos/new").text, "Add the todo")
    window.send("/admin/todos/new", **sent | {"title": "Milk", "due_date": "2030-01-02"})
    todo = only(visitor)
    assert todo["list_id"] == visitor.get("me").get_json()["inbox_id"]
    assert (todo["due_date"], todo["status"], todo["priority"]) == (
        "2030-01-02",
        "pending",
        "medium",
    )
    assert todo["tags"] == []


@pytest.mark.parametrize("path", ["/admin/todos/new", "/admin/todos/{id}/edit"])
@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", " "),
        ("title", "x" * 501),
        ("description", "x" * (DESCRIPTION_MAX + 1)),
        ("list_id", "99"),
        ("list_id", "x"),
        ("status", "done"),
        ("priority", "urgent"),
        ("tags", "a, A"),
        ("tags", "x" * 61),
        ("due_date", "soon"),
        ("due_date", "2030-02-31"),
        ("due_date", "0001-01-01T00:00"),
        ("assigned_to", "carol"),
        ("assigned_to", "me"),
        ("parent_id", "99"),
        ("parent_id", "x"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_input_kept(
    visitor: Api, window: Browser, path: str, field: str, text: str
) -> None:
    todo = visitor.todo("As it was")
    path = path.format(id=todo["id"])
    button = "Save" if "edit" in path else "Add the todo"
    sent = fields(window.get(path).text, button) | {"title": "Typed", "tags": "typed", field: text}
    page = window.send(path, **sent)
    assert page.status_code == 422
    assert set(errors(page.text)) == {field}
    assert f'href="#{field}"' in page.text
    assert "<title>Error: " in page.text
    kept = fields(page.text, button)
    if field not in ("status", "priority", "list_id"):
        shown = kept[field] + (f"T{kept['due_time']}" if "T" in text else "")
        assert shown == text
    assert kept["title" if field == "tags" else "tags"] == ("Typed" if field == "tags" else "typed")
    assert only(visitor)["title"] == "As it was"


def test_a_time_without_a_day_is_refused(visitor: Api, window: Browser) -> None:
    page = edit(window, visitor.todo(), due_time="10:00")
    assert (page.status_code, set(errors(page.text))) == (422, {"due_date"})
    assert fields(page.text, "Save")["due_time"] == "10:00"


@pytest.mark.parametrize("due", ["2030-01-02T08:00:30Z", "2030-01-02T08:00:00.123456Z"])
def test_only_what_was_changed_is_saved(visitor: Api, window: Browser, due: str) -> None:
    todo = visitor.todo("Old", due_date=due, tags=["b", "a"], description="x\n\n y ", position=2.5)
    answer = edit(window, todo, title="New")
    assert answer.status_code == 303
    changed = only(visitor)
    assert changed == todo | {
        "title": "New",
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    [change] = visitor.get(f"todos/{todo['id']}/history?page_size=1").get_json()["changes"]
    assert set(change["diff"]) == {"title"}
    assert "Undo" in window.get(answer.location).text
    assert edit(window, todo).status_code == 303
    assert only(visitor)["version"] == 2


def test_every_field_can_be_cleared(visitor: Api, window: Browser) -> None:
    parent = visitor.todo("Parent")
    todo = visitor.todo(
        description="x",
        tags=["a"],
        due_date="2030-01-02T08:00:00Z",
        assigned_to="alice",
        parent_id=parent["id"],
    )
    names = ("description", "tags", "due_date", "due_time", "assigned_to", "parent_id")
    assert edit(window, todo, **dict.fromkeys(names, "")).status_code == 303
    cleared = visitor.get(f"todos/{todo['id']}").get_json()
    empty = {"description": "", "tags": [], "due_date": None, "assigned_to": None}
    assert cleared == cleared | empty | {"parent_id": None}


def test_it_moves_to_another_list(visitor: Api, window: Browser) -> None:
    todo, house = visitor.todo(), visitor.make_list("House")["id"]
    assert edit(window, todo, list_id=str(house)).status_code == 303
    assert only(visitor)["list_id"] == house


def test_lists_that_may_only_be_read_are_not_offered(
    visitor: Api, bob: Api, window: Browser, share: Share
) -> None:
    for name, role in (("Read me", ListRole.VIEWER), ("Write me", ListRole.EDITOR)):
        share(bob.make_list(name)["id"], visitor, role)
    page = window.get("/admin/todos/new").text
    assert "Write me" in page
    assert "Read me" not in page
    assert '<option value="bob">' in page


def test_what_is_in_the_trash_is_not_edited_and_the_input_stays(
    visitor: Api, window: Browser
) -> None:
    todo = visitor.todo()
    path = f"/admin/todos/{todo['id']}/edit"
    visitor.delete(f"todos/{todo['id']}")
    sent = fields(window.get(path).text, "Save") | {"title": "Typed"}
    page = window.send(path, **sent)
    assert page.status_code == 409
    assert "The todo is in the trash: restore it first." in page.text
    assert fields(page.text, "Save")["title"] == "Typed"


def test_the_form_takes_as_many_statements_for_many(
    app: Flask, visitor: Api, window: Browser
) -> None:
    def statements() -> int:
        with counted(app) as ran:
            assert window.get(f"/admin/todos/{todo['id']}/edit").status_code == 200
        return len(ran)

    todo = visitor.todo(tags=["home"])
    few = statements()
    for number in range(20):
        visitor.todo(f"{number}", tags=[f"tag{number}"])
        visitor.make_list(f"List {number}")
    assert statements() == few <= 9
