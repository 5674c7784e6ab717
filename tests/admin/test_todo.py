"""The page of one todo: what it shows, and what can be done there."""

import re
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.forms import fields
from tests.support.listing import links
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.limits import DEPTH_MAX, ListRole, UserRole

Share = Callable[[int, Api, str], None]
HOSTILE = '<script>alert(1)</script> "quoted" \'<img src=x onerror=alert(1)>'


def words(html: str) -> str:
    """Return what the page says, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main", 1)[1]).split())


def test_it_shows_all_of_the_todo(visitor: Api, window: Browser) -> None:
    house = visitor.make_list("House", color="#2e8b57")["id"]
    parent = visitor.todo("Move house", list_id=house)
    todo = visitor.todo(
        "Pack 📦 boxes",
        description="All of **it**\n\n- [ ] books",
        list_id=house,
        parent_id=parent["id"],
        status="on_hold",
        priority="critical",
        tags=["home", "Heavy"],
        due_date="2030-01-02T08:00:00Z",
        assigned_to="alice",
    )
    page = window.get(f"/admin/todos/{todo['id']}")
    assert page.status_code == 200
    said = words(page.text)
    for part in ("Pack 📦 boxes", "All of it", "On hold", "Critical", "House", "Heavy", "alice"):
        assert part in said
    assert "2 Jan 2030 09:00" in said
    assert "<strong>it</strong>" in page.text
    assert '<input type="checkbox" disabled=""> books' in page.text
    assert links(page)["Move house"] == f"/admin/todos/{parent['id']}"
    assert todo["uid"] in said
    assert f"curl -G http://localhost/api/v1/todos/{todo['id']}" in said
    assert "If-Match: &#34;1&#34;" in page.text
    assert page.text.count("<h1>") == 1


def test_what_people_write_is_no_html(visitor: Api, window: Browser) -> None:
    todo = visitor.todo(HOSTILE, description=HOSTILE, tags=[HOSTILE[:50]])
    visitor.patch(f"todos/{todo['id']}", {"title": f"{HOSTILE} 2", "description": "x"})
    visitor.todo(HOSTILE, parent_id=todo["id"])
    for path in ("", "/edit", "/purge"):
        page = window.get(f"/admin/todos/{todo['id']}{path}").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_subtasks_are_added_and_ticked_in_place(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Party")
    path = f"/admin/todos/{todo['id']}"
    answer = window.post(f"{path}/subtasks", form=path, title="Cake")
    assert (answer.status_code, answer.location) == (303, f"{path}#subtasks")
    page = window.get(path).text
    assert "0 of 1 completed" in page
    cake = visitor.get(f"todos?parent_id={todo['id']}").get_json()["todos"][0]
    assert cake["title"] == "Cake"
    window.post(f"/admin/todos/{cake['id']}/tick", form=path, completed="true", next=path)
    assert "1 of 1 completed" in window.get(path).text
    refused = window.post(f"{path}/subtasks", form=path, title=" ")
    assert refused.status_code == 422
    assert 'id="add-error">Must not be empty' in refused.text


def test_a_subtask_goes_into_the_list_of_its_todo_and_no_deeper_than_may_be(
    visitor: Api, window: Browser
) -> None:
    house = visitor.make_list("House")["id"]
    todo = visitor.todo("1", list_id=house)
    for depth in range(2, DEPTH_MAX + 1):
        todo = visitor.todo(str(depth), list_id=house, parent_id=todo["id"])
    path = f"/admin/todos/{todo['id']}"
    refused = window.post(f"{path}/subtasks", form=path, title="Too deep")
    assert refused.status_code == 422
    assert "deeper than 8 levels" in words(refused.text)
    assert 'value="Too deep"' in refused.text


def test_it_leads_on_in_the_list_that_it_was_opened_from(visitor: Api, window: Browser) -> None:
    ids = {title: visitor.todo(title, tags=["home"])["id"] for title in ("b", "a", "d", "c")}
    visitor.todo("between", tags=["work"])
    state = "tags=home&sort=title&page_size=25"
    page = window.get(f"/admin/todos/{ids['b']}?in={quote(state)}")
    shown = links(page)
    assert f'href="/admin/todos?{escape(state)}"' in page.text
    before, after = shown["Previous : a"], shown["Next : c"]
    assert before == f"/admin/todos/{ids['a']}?in={quote(state)}"
    assert "Previous" not in words(window.get(before).text)
    assert "Next : d" in links(window.get(after))
    answer = window.post(
        f"/admin/todos/{ids['b']}/trash?in={quote(state)}", form=f"/admin/todos/{ids['b']}"
    )
    assert answer.location == f"/admin/todos?{state}"


@pytest.mark.parametrize("state", ["sort=size", "filter=((", "find=((", "view=99", "%00", "q=%22"])
def test_a_list_that_cannot_be_read_leads_nowhere(
    visitor: Api, window: Browser, state: str
) -> None:
    todo = visitor.todo()
    page = window.get(f"/admin/todos/{todo['id']}?in={quote(state)}")
    assert page.status_code == 200
    assert "Beside it in the list" not in page.text


def test_it_goes_into_the_trash_and_comes_back(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Old news")
    visitor.todo("Part", parent_id=todo["id"])
    path = f"/admin/todos/{todo['id']}"
    answer = window.post(f"{path}/trash", form=path)
    assert (answer.status_code, answer.location) == (303, "/admin/todos")
    assert "Undo" in window.get("/admin/todos").text
    page = window.get(path).text
    assert "It is in the trash since" in words(page)
    assert "Part" in words(page)
    assert all(one not in page for one in ("/edit", "/tick", "subtasks?", "Restore old"))
    assert window.post(f"{path}/restore", form=path).location == path
    assert "Complete" in words(window.get(path).text)
    assert window.post(f"{path}/restore", form=path).status_code == 409


def test_deleting_for_good_asks_first(visitor: Api, window: Browser) -> None:
    todo = visitor.todo("Old news")
    path = f"/admin/todos/{todo['id']}"
    visitor.delete(f"todos/{todo['id']}")
    assert links(window.get(path))["Delete for good"] == f"{path}/purge"
    asked = window.get(f"{path}/purge")
    assert "Old news" in asked.text
    assert visitor.get(f"todos/{todo['id']}").status_code == 200
    assert window.send(f"{path}/purge", **fields(asked.text, "Delete for good")).status_code == 303
    assert visitor.get(f"todos/{todo['id']}").status_code == 404
    assert window.get(path).status_code == 404


def test_a_viewer_looks_and_changes_nothing(
    visitor: Api, bob: Api, window: Browser, share: Share
) -> None:
    list_id = bob.make_list("Bob's")["id"]
    share(list_id, visitor, ListRole.VIEWER)
    todo = bob.todo("Look", list_id=list_id)
    bob.patch(f"todos/{todo['id']}", {"title": "Look at me"})
    bob.todo("Part", list_id=list_id, parent_id=todo["id"])
    path = f"/admin/todos/{todo['id']}"
    page = window.get(path).text.split("<main", 1)[1].split("</main>")[0]
    assert "Look at me" in page
    assert "<form" not in page
    assert "/edit" not in page
    change_id = visitor.get(f"todos/{todo['id']}/history").get_json()["changes"][0]["id"]
    sent = {"change_id": str(change_id), "field": "title"}
    assert window.post(f"{path}/values", form="/admin/todos", **sent).status_code == 403
    for page in ("edit", "purge"):
        assert window.get(f"{path}/{page}").status_code == 403
    for action in ("edit", "trash", "purge", "subtasks"):
        answer = window.post(f"{path}/{action}", form="/admin/todos", title="x")
        assert answer.status_code == 403, action
    assert bob.get(f"todos/{todo['id']}").get_json()["title"] == "Look at me"


def test_strangers_find_nothing(bob: Api, window: Browser) -> None:
    todo = bob.todo("Secret")
    for path in ("", "/edit", "/purge"):
        assert window.get(f"/admin/todos/{todo['id']}{path}").status_code == 404
    for action in ("edit", "trash", "restore", "purge", "subtasks", "values"):
        answer = window.post(f"/admin/todos/{todo['id']}/{action}", form="/admin/todos")
        assert answer.status_code == 404, action


def test_an_administrator_sees_and_changes_everybodys(
    app: Flask, bob: Api, person: Callable[..., Api]
) -> None:
    person("root", password=PASSWORD, role=UserRole.ADMIN)
    browser = Browser(app)
    browser.log_in("root")
    todo = bob.todo("Bob's")
    path = f"/admin/todos/{todo['id']}"
    assert "everyone=true" in browser.get(path).text
    assert browser.post(f"{path}/edit", form=path, title="Mine", version="1").status_code == 303
    assert bob.get(f"todos/{todo['id']}").get_json()["title"] == "Mine"


def test_the_page_takes_as_many_statements_with_much_around_it(
    app: Flask, visitor: Api, window: Browser
) -> None:
    def statements(todo_id: int) -> int:
        with counted(app) as ran:
            assert window.get(f"/admin/todos/{todo_id}?in=sort%3Dtitle").status_code == 200
        return len(ran)

    root = visitor.todo("Root")
    todo = visitor.todo("Busy", parent_id=root["id"])
    few = statements(todo["id"])
    for number in range(20):
        visitor.todo(f"Part {number}", parent_id=todo["id"], tags=["home"], assigned_to="alice")
        visitor.patch(f"todos/{todo['id']}", {"title": f"Busy {number}"})
    assert statements(todo["id"]) == few <= 13
