"""A todo's history: who did what, when and with which key, newest first."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.support.api import Api, problem, wrong

Share = Callable[[int, Api, str], None]


def test_history_tells_who_did_what_when_and_with_which_key(alice: Api) -> None:
    todo = alice.todo()
    response = alice.patch(f"todos/{todo['id']}", {"completed": True})
    newest, oldest = alice.get(f"todos/{todo['id']}/history").get_json()["changes"]
    key = alice.get("me").get_json()["api_key"]
    assert newest == {
        "id": int(response.headers["Change-Id"]),
        "operation_id": newest["operation_id"],
        "at": response.get_json()["updated_at"],
        "actor": "alice",
        "api_key": {"id": key["id"], "name": "alice's key"},
        "request_id": response.headers["Request-Id"],
        "address": "127.0.0.1",
        "user_agent": newest["user_agent"],
        "noun": "todo",
        "noun_id": todo["id"],
        "list_id": todo["list_id"],
        "action": "update",
        "diff": {"status": ["pending", "completed"]},
    }
    assert (oldest["action"], oldest["id"] < newest["id"]) == ("create", True)
    assert datetime.fromisoformat(newest["at"]).tzinfo == UTC


@pytest.mark.parametrize("where", ["the Inbox", "a list"])
def test_history_tells_all_that_a_new_todo_had(alice: Api, where: str) -> None:
    place = {"list_id": alice.make_list()["id"]} if where == "a list" else {}
    alice.todo(**place)
    todo = alice.todo(title='Quote " and \\', due_date="2030-01-01", tags=["home"], **place)
    [change] = alice.get(f"todos/{todo['id']}/history").get_json()["changes"]
    told = ("list_id", "title", "status", "priority", "tags", "due_date", "position")
    assert change["list_id"] == todo["list_id"]
    assert change["diff"] == {name: [[] if name == "tags" else None, todo[name]] for name in told}
    assert list(change["diff"]) == list(told)


def test_history_names_everybody_who_took_part(alice: Api, bob: Api, share: Share) -> None:
    todo = alice.todo(list_id=alice.make_list()["id"])
    share(todo["list_id"], bob, "editor")
    bob.patch(f"todos/{todo['id']}", {"title": "Ours"})
    changes = alice.get(f"todos/{todo['id']}/history").get_json()["changes"]
    assert [change["actor"] for change in changes] == ["bob", "alice"]
    bobs = bob.get(f"todos/{todo['id']}/history").get_json()["changes"]
    private = ("address", "user_agent")
    for mine, his in zip(changes, bobs, strict=True):
        shown = [{k: v for k, v in change.items() if k not in private} for change in (mine, his)]
        assert shown[0] == shown[1]
    # Where others called from is not for all to see.
    assert [change["address"] for change in changes] == [None, "127.0.0.1"]
    assert [change["address"] for change in bobs] == ["127.0.0.1", None]
    assert all((change["address"] is None) == (change["user_agent"] is None) for change in bobs)


def test_history_comes_in_pages(alice: Api, bob: Api) -> None:
    todo = alice.todo("0")
    path = f"todos/{todo['id']}/history"
    for n in range(1, 6):
        alice.patch(f"todos/{todo['id']}", {"title": str(n)})
    titles: list[str] = []
    page, url = alice.get(f"{path}?page_size=4").get_json(), f"{path}?page_size=4"
    while True:
        titles += [change["diff"]["title"][1] for change in page["changes"]]
        if page["next_page_token"] is None:
            break
        # What is written meanwhile does not shift the pages.
        alice.patch(f"todos/{todo['id']}", {"title": "meanwhile"})
        url = f"{path}?page_size=4&page_token={page['next_page_token']}"
        page = alice.get(url).get_json()
    assert titles == ["5", "4", "3", "2", "1", "0"]
    problem(bob.get(path), 404, "not-found")
    token = url.rpartition("=")[2]
    problem(alice.get(f"{path}?page_token={token}x"), 400, "bad-page-token")
    other = alice.todo()
    foreign = f"todos/{other['id']}/history?page_token={token}"
    problem(alice.get(foreign), 400, "bad-page-token")
    assert wrong(alice.get(f"{path}?page_size=0")) == {"page_size": "range"}
    assert wrong(alice.get(f"{path}?after=1")) == {"after": "unknown"}


def test_a_full_page_of_history_links_to_the_next(alice: Api) -> None:
    todo = alice.todo()
    alice.patch(f"todos/{todo['id']}", {"title": "x"})
    response = alice.get(f"todos/{todo['id']}/history?page_size=1")
    link = response.headers["Link"]
    assert link.endswith('>; rel="next"')
    following = alice.get(link[1:].partition(">")[0].removeprefix("http://localhost"))
    assert [change["action"] for change in following.get_json()["changes"]] == ["create"]
    assert "Link" not in following.headers
