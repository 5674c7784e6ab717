"""Creating, reading and changing todos."""

from tests.support.api import Api, problem, wrong


def test_a_new_todo_has_every_field(alice: Api) -> None:
    response = alice.post("todos", {"title": "  Buy milk "})
    todo = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == todo["url"]
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Change-Id"].isdigit()
    inbox = alice.get("me").get_json()["inbox_id"]
    assert todo | {"id": 0, "uid": "", "url": "", "created_at": "", "updated_at": ""} == {
        "id": 0,
        "uid": "",
        "url": "",
        "version": 1,
        "list_id": inbox,
        "title": "Buy milk",
        "description": "",
        "status": "pending",
        "completed": False,
        "completed_at": None,
        "priority": "medium",
        "tags": [],
        "due_date": None,
        "assigned_to": None,
        "created_by": "alice",
        "parent_id": None,
        "position": 1,
        "created_at": "",
        "updated_at": "",
        "deleted_at": None,
    }
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_a_patch_keeps_what_it_does_not_name(alice: Api) -> None:
    todo = alice.todo(description="two litres", tags=["Home"], due_date="2030-01-01")
    patched = alice.patch(f"todos/{todo['id']}", {"title": "Buy bread"}).get_json()
    assert patched == todo | {
        "title": "Buy bread",
        "version": 2,
        "updated_at": patched["updated_at"],
    }


def test_unknown_fields_are_refused_all_at_once(alice: Api) -> None:
    response = alice.post("todos", {"titel": "x", "priority": "urgent"})
    assert wrong(response) == {"/title": "required", "/titel": "unknown", "/priority": "choice"}


def test_the_trash_gives_back_what_went_together(alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    assert alice.delete(f"todos/{parent['id']}").status_code == 204
    assert alice.delete(f"todos/{parent['id']}").status_code == 404
    assert alice.ids("todos?trashed=true") == [child["id"], parent["id"]]
    assert alice.post(f"todos/{child['id']}/restore").status_code == 200
    assert alice.ids() == [child["id"], parent["id"]]


def test_a_stranger_sees_nothing(alice: Api, bob: Api) -> None:
    todo = alice.todo()
    problem(bob.get(f"todos/{todo['id']}"), 404, "not-found")
    assert bob.ids() == []


def test_a_stale_version_is_refused_with_the_current_todo(alice: Api) -> None:
    todo = alice.todo()
    alice.patch(f"todos/{todo['id']}", {"title": "Second"})
    stale = problem(
        alice.patch(f"todos/{todo['id']}", {"title": "Third", "version": 1}),
        412,
        "precondition-failed",
    )
    assert stale["current"]["title"] == "Second"
    assert stale["current"]["version"] == 2


def test_a_purge_leaves_a_tombstone(alice: Api) -> None:
    todo = alice.todo()
    assert alice.delete(f"todos/{todo['id']}?purge=true").status_code == 204
    assert alice.get(f"todos/{todo['id']}").status_code == 404


def test_history_tells_old_and_new(alice: Api) -> None:
    todo = alice.todo()
    alice.patch(f"todos/{todo['id']}", {"completed": True})
    changes = alice.get(f"todos/{todo['id']}/history").get_json()["changes"]
    assert [c["action"] for c in changes] == ["update", "create"]
    assert changes[0]["diff"]["status"] == ["pending", "completed"]
    assert changes[0]["actor"] == "alice"
    assert changes[0]["api_key"]["name"] == "alice's key"
