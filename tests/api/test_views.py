"""Saved views: made, read, changed, deleted; personal ones, and those of a list."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import Change, View

Share = Callable[[int, Api, str], None]
Person = Callable[..., Api]

URGENT = {"name": "Urgent", "filter": "priority = high", "sort": "due_date"}


def names(api: Api, path: str = "views") -> list[str]:
    return [view["name"] for view in api.get(path).get_json()["views"]]


@pytest.fixture
def groceries(alice: Api) -> int:
    list_id: int = alice.make_list()["id"]
    return list_id


@pytest.fixture
def shared(alice: Api, bob: Api, share: Share, groceries: int) -> Any:
    """Return a view that alice has made for the list, where bob is an editor."""
    share(groceries, bob, "editor")
    return alice.made("views", {**URGENT, "list_id": groceries})


@pytest.fixture
def limited(app: Flask, alice: Api, groceries: int) -> Api:
    """Return a key of alice's for the list alone."""
    scopes = ["todos:read", "todos:write"]
    made = alice.made("api-keys", {"name": "l", "scopes": scopes, "list_ids": [groceries]})
    return Api(app, made["key"])


def test_a_view_is_made_and_read(alice: Api) -> None:
    response = alice.post("views", URGENT)
    view = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == view["url"]
    assert view == {
        "id": view["id"],
        "url": f"http://localhost/api/v1/views/{view['id']}",
        "version": 1,
        **URGENT,
        "list_id": None,
        "owner": "alice",
        "my_role": "owner",
        "todos_url": f"http://localhost/api/v1/todos?view={view['id']}",
        "created_at": view["created_at"],
        "updated_at": view["created_at"],
    }
    assert alice.get(f"views/{view['id']}").get_json() == view
    assert alice.get("views").get_json() == {"views": [view], "next_page_token": None}
    unchanged = alice.get(f"views/{view['id']}", headers={"If-None-Match": '"1"'})
    assert unchanged.status_code == 304


def test_only_the_name_is_needed(alice: Api) -> None:
    view = alice.made("views", {"name": " All "})
    assert (view["name"], view["filter"], view["sort"]) == ("All", "", "-created_at")
    nulls = {"filter": None, "sort": None, "list_id": None}
    assert alice.made("views", {"name": "All", **nulls})["sort"] == "-created_at"


def test_everything_that_is_wrong_is_told_at_once(alice: Api) -> None:
    response = alice.post("views", {"filter": "pirority = high", "sort": "age", "colour": 1})
    assert set(wrong(response)) == {"/name", "/sort", "/colour", "/filter"}
    assert wrong(alice.post("views", {"name": "x" * 101, "filter": "x" * 2001, "id": 3})) == {
        "/name": "too_long",
        "/filter": "too_long",
        "/id": "unknown",
    }
    assert wrong(alice.post("views", {"name": "x", "filter": 7})) == {"/filter": "type"}


def test_a_filter_may_have_lines_and_be_blank(alice: Api) -> None:
    lines = "priority = high\nAND status = pending"
    assert alice.made("views", {"name": "x", "filter": f"{lines}\n"})["filter"] == lines
    blank = alice.made("views", {"name": "x", "filter": " \n"})
    assert blank["filter"] == ""
    assert alice.ids(f"todos?view={blank['id']}") == []


def test_a_wrong_filter_is_told_with_its_place_and_a_suggestion(alice: Api) -> None:
    made = alice.made("views", URGENT)
    path = f"views/{made['id']}"
    calls = (("POST", "views"), ("PATCH", path), ("PUT", path))
    for method, where in calls:
        response = alice.call(method, where, {"name": "x", "filter": " pirority = high"})
        (error,) = problem(response, 422, "validation-failed")["errors"]
        assert (error["pointer"], error["position"]) == ("/filter", 1)
        assert "did you mean `priority`?" in error["detail"]
    assert alice.get(path).get_json() == made


def test_a_patch_keeps_what_it_does_not_name(alice: Api) -> None:
    view = alice.made("views", URGENT)
    path = f"views/{view['id']}"
    patched = alice.patch(path, {"sort": "-title"}).get_json()
    changed = {"sort": "-title", "version": 2, "updated_at": patched["updated_at"]}
    assert patched == view | changed
    assert alice.patch(path, {"sort": "-title"}).get_json() == patched
    cleared = alice.patch(path, {"filter": None, "sort": None}).get_json()
    assert (cleared["filter"], cleared["sort"]) == ("", "-created_at")
    assert wrong(alice.patch(path, {"name": None})) == {"/name": "null"}


def test_a_put_keeps_the_list_and_takes_back_what_was_read(
    alice: Api, shared: dict[str, Any]
) -> None:
    path = f"views/{shared['id']}"
    assert alice.put(path, shared).get_json() == shared
    put = alice.put(path, {"name": "All"}).get_json()
    assert (put["filter"], put["sort"], put["list_id"]) == ("", "-created_at", shared["list_id"])


def test_a_deleted_view_is_gone(alice: Api) -> None:
    path = f"views/{alice.made('views', URGENT)['id']}"
    assert alice.delete(path).status_code == 204
    problem(alice.get(path), 404, "not-found")
    problem(alice.delete(path), 404, "not-found")


def test_pages_are_by_name_whatever_its_case(alice: Api, groceries: int) -> None:
    for name in ("beta", "Alpha", "alpha", "Zeta", "Éclair"):
        alice.made("views", {"name": name, "list_id": groceries if name == "beta" else None})
    found, path = [], "views?page_size=2"
    while path:
        page = alice.get(path).get_json()
        found += [view["name"] for view in page["views"]]
        token = page["next_page_token"]
        path = token and f"views?page_size=2&page_token={token}"
    assert found == ["Alpha", "alpha", "beta", "Zeta", "Éclair"]


def test_reading_them_takes_as_many_statements_whatever_their_number(
    app: Flask, alice: Api, groceries: int
) -> None:
    taken = []
    for _ in range(2):
        for number in range(5):
            alice.made("views", {"name": f"{number}", "list_id": groceries})
        with counted(app) as statements:
            alice.get("views")
        taken.append(len(statements))
    assert taken == [2, 2]


def test_a_personal_view_is_its_makers_alone(alice: Api, bob: Api) -> None:
    path = f"views/{alice.made('views', URGENT)['id']}"
    for method, body in (("GET", None), ("PATCH", {}), ("PUT", {"name": "x"}), ("DELETE", None)):
        problem(bob.call(method, path, body), 404, "not-found")
    assert names(bob) == []
    assert names(alice) == ["Urgent"]


def test_a_shared_view_is_the_lists(alice: Api, bob: Api, shared: dict[str, Any]) -> None:
    path = f"views/{shared['id']}"
    assert bob.get(path).get_json() == shared | {"my_role": "editor"}
    assert names(bob) == ["Urgent"]
    changed = bob.patch(path, {"name": "Very urgent"}).get_json()
    assert (changed["name"], changed["owner"]) == ("Very urgent", "alice")
    assert alice.get(path).get_json()["name"] == "Very urgent"


def test_to_share_a_view_takes_the_role_of_an_editor(
    alice: Api, bob: Api, share: Share, groceries: int
) -> None:
    own = f"views/{bob.made('views', URGENT)['id']}"
    sharing = {"list_id": groceries}
    unknown = bob.post("views", {**URGENT, "list_id": 10**9}).get_json()["errors"]
    for response in (bob.patch(own, sharing), bob.post("views", {**URGENT, **sharing})):
        assert response.status_code == 422
        assert response.get_json()["errors"] == unknown
    share(groceries, bob, "viewer")
    problem(bob.patch(own, sharing), 403, "insufficient-role")
    alice.put(f"lists/{groceries}/members/bob", {"role": "editor"})
    assert bob.patch(own, sharing).get_json()["list_id"] == groceries
    assert names(alice) == ["Urgent"]


def test_who_has_made_it_alone_makes_it_personal(
    alice: Api, bob: Api, shared: dict[str, Any]
) -> None:
    path = f"views/{shared['id']}"
    problem(bob.patch(path, {"list_id": None}), 403, "forbidden")
    assert names(bob) == ["Urgent"]
    assert alice.patch(path, {"list_id": None}).get_json()["list_id"] is None
    problem(bob.get(path), 404, "not-found")


def test_a_shared_view_stays_when_its_maker_leaves(
    alice: Api, bob: Api, shared: dict[str, Any], groceries: int
) -> None:
    made = bob.made("views", {"name": "Bob's", "list_id": groceries})
    assert bob.delete(f"lists/{groceries}/members/bob").status_code == 204
    assert names(bob) == []
    problem(bob.get(f"views/{made['id']}"), 404, "not-found")
    assert names(alice) == ["Bob's", "Urgent"]
    assert alice.delete(f"views/{made['id']}").status_code == 204


def test_a_shared_view_is_away_while_its_list_is_in_the_trash(
    alice: Api, shared: dict[str, Any], groceries: int
) -> None:
    path = f"views/{shared['id']}"
    alice.delete(f"lists/{groceries}")
    assert names(alice) == []
    problem(alice.get(path), 404, "not-found")
    problem(alice.patch(path, {"name": "x"}), 404, "not-found")
    assert wrong(alice.get(f"todos?view={shared['id']}")) == {"view": "unknown"}
    again = {"name": "x", "list_id": groceries}
    assert wrong(alice.post("views", again)) == {"/list_id": "trashed"}
    alice.post(f"lists/{groceries}/restore")
    assert alice.get(path).get_json() == shared


def test_deleting_a_person_ends_their_personal_views_alone(
    alice: Api, bob: Api, person: Person, shared: dict[str, Any], groceries: int
) -> None:
    root = person("root", ["todos:read", "admin"], role="admin")
    bob.made("views", {"name": "Secret plan"})
    bob.made("views", {"name": "Bob's", "list_id": groceries})
    assert root.delete("users/bob").status_code == 204
    assert {view["owner"] for view in alice.get("views").get_json()["views"]} == {"alice", "bob"}
    with alice.app.app_context():
        assert {view.name for view in db.session.query(View)} == {"Urgent", "Bob's"}
        log = db.session.query(Change).filter_by(noun="view", list_id=None).order_by(Change.id)
        assert [(c.action, c.diff) for c in log] == [("create", {}), ("delete", {})]


def test_a_key_for_some_lists_knows_their_views_alone(
    alice: Api, limited: Api, shared: dict[str, Any]
) -> None:
    personal = alice.made("views", {"name": "Mine"})
    elsewhere = alice.made("views", {"name": "Else", "list_id": alice.make_list("Other")["id"]})
    assert names(limited) == ["Urgent"]
    for view in (personal, elsewhere):
        problem(limited.get(f"views/{view['id']}"), 404, "not-found")
        problem(limited.delete(f"views/{view['id']}"), 404, "not-found")
        assert wrong(limited.get(f"todos?view={view['id']}")) == {"view": "unknown"}
    problem(limited.post("views", URGENT), 403, "limited-key")
    problem(limited.patch(f"views/{shared['id']}", {"list_id": None}), 403, "limited-key")
    move = {"list_id": elsewhere["list_id"]}
    assert wrong(limited.patch(f"views/{shared['id']}", move)) == {"/list_id": "unknown"}
    assert limited.patch(f"views/{shared['id']}", {"name": "New"}).status_code == 200
    seen = limited.get("changes?noun=view").get_json()["changes"]
    assert {change["noun_id"] for change in seen} == {shared["id"]}


def test_an_administrator_who_asks_sees_and_changes_those_of_every_list(
    alice: Api, person: Person, shared: dict[str, Any]
) -> None:
    root = person("root", ["todos:read", "todos:write", "admin"], role="admin")
    personal = alice.made("views", {"name": "Mine"})
    path = f"views/{shared['id']}"
    problem(root.get(path), 404, "not-found")
    assert names(root, "views?everyone=true") == ["Urgent"]
    assert root.patch(f"{path}?everyone=true", {"name": "x"}).get_json()["my_role"] == "owner"
    problem(root.get(f"views/{personal['id']}?everyone=true"), 404, "not-found")
    problem(root.delete(f"views/{personal['id']}?everyone=true"), 404, "not-found")
    assert root.delete(f"{path}?everyone=true").status_code == 204


def test_there_are_only_so_many(app: Flask, alice: Api, bob: Api, shared: dict[str, Any]) -> None:
    """Of each person, and in each list (ASVS 2.1.3)."""
    assert alice.actor
    at, values = utcnow(), {"name": "x", "name_key": "x", "sort": "id"}
    with app.app_context(), unit_of_work():
        for list_id, number in ((None, 200), (shared["list_id"], 199)):
            row = {**values, "list_id": list_id, "user_id": alice.actor.user_id}
            rows = (View(**row, created_at=at, updated_at=at) for _ in range(number))
            db.session.add_all(rows)
    refused = problem(alice.post("views", {"name": "x"}), 409, "conflict")
    assert "200 views" in refused["detail"]
    problem(bob.post("views", {"name": "x", "list_id": shared["list_id"]}), 409, "conflict")
    problem(alice.patch(f"views/{shared['id']}", {"list_id": None}), 409, "conflict")
    assert bob.post("views", {"name": "x"}).status_code == 201
    assert alice.patch(f"views/{shared['id']}", {"name": "y"}).status_code == 200


def told(api: Api) -> list[tuple[int, str, dict[str, Any]]]:
    """Return what the change log tells of views: which, what, and the fields."""
    changes = api.get("changes?noun=view").get_json()["changes"]
    return [(change["noun_id"], change["action"], change["diff"]) for change in changes]


def test_the_log_tells_the_members_of_a_list(
    alice: Api, bob: Api, carol: Api, shared: dict[str, Any], groceries: int
) -> None:
    id_ = shared["id"]
    alice.patch(f"views/{id_}", {"sort": "title"})
    alice.delete(f"views/{id_}")
    facts = {"name": "Urgent", "filter": "priority = high", "sort": "due_date"}
    made = {name: [None, value] for name, value in facts.items()}
    made |= {"filter": ["", "priority = high"], "list_id": [None, groceries]}
    gone = {name: [value, None] for name, value in (facts | {"sort": "title"}).items()}
    expected = [
        (id_, "create", made),
        (id_, "update", {"sort": ["due_date", "title"]}),
        (id_, "delete", gone | {"list_id": [groceries, None]}),
    ]
    assert told(alice) == told(bob) == expected
    assert told(carol) == []


def test_the_log_tells_of_personal_views_their_owner_alone(
    alice: Api, bob: Api, person: Person, groceries: int, share: Share
) -> None:
    share(groceries, bob, "editor")
    id_ = alice.made("views", {"name": "Secret plan"})["id"]
    alice.patch(f"views/{id_}", {"name": "Plan", "list_id": groceries})
    alice.patch(f"views/{id_}", {"list_id": None})
    alice.delete(f"views/{id_}")
    # What it was before the members saw it, they do not learn, nor where it went.
    assert [action for _, action, _ in told(bob)] == ["enter", "leave"]
    assert "Secret plan" not in bob.get("changes").text
    root = person("root", ["todos:read", "admin"], role="admin")
    shown = root.get("changes?everyone=true")
    assert [one["action"] for one in shown.get_json()["changes"] if one["noun"] == "view"] == [
        "enter",
        "leave",
    ]
    assert "Secret plan" not in shown.text
    actions = [action for _, action, _ in told(alice)]
    assert actions == ["create", "leave", "enter", "leave", "enter", "delete"]


def test_the_log_tells_of_them_without_the_scope_account(person: Person) -> None:
    keeper = person("keeper", ["todos:read", "todos:write"])
    keeper.made("views", URGENT)
    assert [action for _, action, _ in told(keeper)] == ["create"]


def test_what_was_done_to_a_view_is_not_undone(alice: Api, shared: dict[str, Any]) -> None:
    done = alice.patch(f"views/{shared['id']}", {"name": "x"}).headers["Change-Id"]
    problem(alice.post(f"changes/{done}/undo"), 409, "not-undoable")


def test_a_retry_makes_no_second_one(alice: Api) -> None:
    answers = [alice.post("views", URGENT, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].get_json() == answers[1].get_json()
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert names(alice) == ["Urgent"]
