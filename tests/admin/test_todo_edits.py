"""What is done to a todo in its row, and the line for a new one: the list stays as it was."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.listing import titles
from tests.support.pages import Browser
from todoapp.limits import ListRole, Status

HERE = "/admin/todos?find=do&page_size=25&sort=-id"


def undo(window: Browser) -> None:
    """Press the button in the notice."""
    page = window.get(HERE).text
    action = page.split('/undo"')[0].rpartition('action="')[2]
    assert window.post(f"{action}/undo", HERE, next=HERE).location == HERE


def test_a_tick_completes_reopens_and_is_undone(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Do it")
    path = f"/admin/todos/{todo['id']}/tick"

    def status() -> str:
        return str(visitor.get(f"todos/{todo['id']}").get_json()["status"])

    done = window.post(path, HERE, completed="true", next=HERE)
    assert (done.status_code, done.location, status()) == (303, HERE, Status.COMPLETED)
    assert "The todo is completed." in window.get(HERE).text
    window.post(path, HERE, completed="true", next=HERE)
    assert 'class="notices"' not in window.get(HERE).text  # nothing has changed
    window.post(path, HERE, completed="false", next=HERE)
    assert status() == Status.PENDING
    undo(window)
    assert status() == Status.COMPLETED


def test_what_is_in_the_trash_is_not_ticked(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Do it")
    visitor.delete(f"todos/{todo['id']}")
    refused = window.post(f"/admin/todos/{todo['id']}/tick", HERE, completed="true", next=HERE)
    assert refused.status_code == 409
    assert "The todo is in the trash: restore it first." in refused.text


def test_a_title_is_edited_in_its_row(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Do it <now>")
    page = window.get(f"{HERE}&rename={todo['id']}").text
    assert 'name="title" value="Do it &lt;now&gt;"' in page
    path = f"/admin/todos/{todo['id']}/rename"
    saved = window.post(path, HERE, title="Do it soon", version="1", next=HERE)
    assert (saved.status_code, saved.location) == (303, HERE)
    assert titles(window.get(HERE)) == ["Do it soon"]
    window.post(path, HERE, title="Do it later", version="2", next=HERE)
    undo(window)
    assert titles(window.get(HERE)) == ["Do it soon"]


@pytest.mark.parametrize("title", ["", "  ", "x" * 501, "a\0b"])
def test_a_wrong_title_is_kept_and_explained(visitor: Api, window: Browser, title: str) -> None:
    todo = visitor.todo("Do it")
    path = f"/admin/todos/{todo['id']}/rename"
    refused = window.post(path, HERE, title=title, version="1", next=HERE)
    assert refused.status_code == 422
    assert 'id="rename-error"' in refused.text
    assert f'name="title" value="{title}"' in refused.text
    added = window.post("/admin/todos", HERE, title=title, next=HERE)
    assert added.status_code == 422
    assert 'id="add-error"' in added.text
    assert f'name="title" value="{title}"' in added.text
    assert titles(window.get(HERE)) == ["Do it"]


@pytest.mark.parametrize("is_still_there", [True, False])
def test_two_who_rename_lose_nothing(
    visitor: Api, window: Browser, *, is_still_there: bool
) -> None:
    """Even where the todo is no longer in the list that one looks at."""
    todo = visitor.todo("Do it")
    other = "Do it at once" if is_still_there else "Elsewhere"
    here = "/admin/todos?find=title+:+do"
    visitor.patch(f"todos/{todo['id']}", {"title": other})
    path = f"/admin/todos/{todo['id']}/rename"
    refused = window.post(path, HERE, title="Do it later", version="1", next=here)
    assert refused.status_code == 409
    assert f"its title is now “{other}”" in refused.text
    assert 'name="title" value="Do it later"' in refused.text
    assert 'name="version" value="2"' in refused.text
    assert visitor.get(f"todos/{todo['id']}").get_json()["title"] == other
    window.post(path, HERE, title="Do it later", version="2", next=here)
    assert visitor.get(f"todos/{todo['id']}").get_json()["title"] == "Do it later"


def test_a_new_todo_goes_to_the_list_that_is_looked_at(visitor: Api, window: Browser) -> None:
    house = visitor.make_list("House")["id"]
    inbox = visitor.todo("First")["list_id"]
    here = f"/admin/todos?list_id={house}"
    page = window.get(here).text
    assert 'placeholder="New todo in House' in page
    assert f'name="list_id" value="{house}"' in page
    added = window.post("/admin/todos", here, title="Sweep", list_id=str(house), next=here)
    assert (added.status_code, added.location) == (303, here)
    page = window.get(here)
    assert titles(page) == ["Sweep"]
    assert "“Sweep” is added." in page.text
    window.post("/admin/todos", here, title="Think", list_id="", next=here)
    assert "“Think” is added to your Inbox." in window.get(here).text
    assert visitor.get(f"todos?list_id={inbox}").get_json()["todos"][0]["title"] == "Think"


def test_who_may_only_look_changes_nothing(
    app: Flask, visitor: Api, window: Browser, bob: Api, share: Callable[..., None]
) -> None:
    shared = bob.make_list("Bob's")["id"]
    todo = bob.todo("Do it", list_id=shared)
    private = bob.todo("Do that")
    share(shared, visitor, ListRole.VIEWER)
    for id_, status in ((todo["id"], 403), (private["id"], 404)):
        for deed in ("tick", "rename"):
            path = f"/admin/todos/{id_}/{deed}"
            refused = window.post(path, HERE, completed="true", title="x", version="1")
            assert refused.status_code == status
    assert window.post("/admin/todos", HERE, title="x", list_id=str(shared)).status_code == 403
    assert "quick-add" not in window.get(f"/admin/todos?list_id={shared}").text
    assert bob.get(f"todos/{todo['id']}").get_json()["version"] == 1


def test_one_goes_on_to_no_other_place(visitor: Api, window: Browser) -> None:
    added = window.post("/admin/todos", HERE, title="x", next="https://evil.example/")
    assert added.location == "/admin/todos"
    refused = window.post("/admin/todos", HERE, title="", next="https://evil.example/")
    assert refused.status_code == 400


def test_a_forged_form_does_nothing(app: Flask, visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Do it")
    for path in ("/admin/todos", f"/admin/todos/{todo['id']}/tick"):
        assert window.send(path, title="x", completed="true").status_code == 400
    assert len(visitor.ids()) == 1
