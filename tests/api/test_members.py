"""/lists/{id}/members: who sees a list, and what they may do there."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import User

Share = Callable[[int, Api, str], None]


@pytest.fixture
def list_id(alice: Api) -> int:
    id_: int = alice.make_list()["id"]
    return id_


def roles(who: Api, list_id: int) -> dict[str, str]:
    page = who.get(f"lists/{list_id}/members").get_json()
    return {member["username"]: member["role"] for member in page["members"]}


def put(who: Api, list_id: int, username: str, role: str, **options: Any) -> Any:
    return who.put(f"lists/{list_id}/members/{username}", {"role": role}, **options)


def test_the_owner_lets_somebody_in(alice: Api, bob: Api, list_id: int) -> None:
    response = put(alice, list_id, "bob", "editor")
    assert response.status_code == 201
    member = response.get_json()
    assert (member["username"], member["role"], member["list_id"]) == ("bob", "editor", list_id)
    assert (member["version"], response.headers["ETag"]) == (2, '"2"')
    assert response.headers["Location"] == member["url"]
    assert alice.get(f"lists/{list_id}/members/bob").get_json() == member
    assert bob.get(f"lists/{list_id}").get_json()["my_role"] == "editor"


def test_a_role_can_be_changed(alice: Api, bob: Api, list_id: int) -> None:
    put(alice, list_id, "bob", "editor")
    todo = alice.todo(list_id=list_id)["id"]
    response = put(alice, list_id, "bob", "viewer")
    assert (response.status_code, response.get_json()["version"]) == (200, 3)
    assert problem(bob.delete(f"todos/{todo}"), 403, "insufficient-role")["role"] == "viewer"


def test_the_same_role_again_changes_nothing(alice: Api, bob: Api, list_id: int) -> None:
    put(alice, list_id, "bob", "editor")
    for username, role in (("bob", "editor"), ("alice", "owner")):
        response = put(alice, list_id, username, role)
        assert (response.status_code, response.get_json()["version"]) == (200, 2)
        assert "Change-Id" not in response.headers


def test_what_was_read_can_be_sent_back(alice: Api, bob: Api, list_id: int) -> None:
    member = put(alice, list_id, "bob", "editor").get_json()
    response = alice.put(f"lists/{list_id}/members/bob", {**member, "role": "viewer"})
    assert response.get_json()["role"] == "viewer"
    assert response.get_json()["created_at"] == member["created_at"]


def test_every_member_sees_the_others_by_name(
    alice: Api, bob: Api, carol: Api, share: Share, list_id: int
) -> None:
    share(list_id, carol, "viewer")
    share(list_id, bob, "editor")
    for who in (alice, bob, carol):
        page = who.get(f"lists/{list_id}/members").get_json()
        shown = [(member["username"], member["role"]) for member in page["members"]]
        assert shown == [("alice", "owner"), ("bob", "editor"), ("carol", "viewer")]
        assert page["next_page_token"] is None
        one = who.get(f"lists/{list_id}/members/carol").get_json()
        assert one == page["members"][2]


def test_members_come_in_pages(
    alice: Api, person: Callable[..., Api], share: Share, list_id: int
) -> None:
    for name in ("a-b", "a.b", "a_b", "ab", "b", "0"):
        share(list_id, person(name), "viewer")
    path, found = f"lists/{list_id}/members?page_size=2", []
    token = ""
    while token is not None:
        page = alice.get(path + (f"&page_token={token}" if token else "")).get_json()
        found += [member["username"] for member in page["members"]]
        token = page["next_page_token"]
    assert found == ["0", "a-b", "a.b", "a_b", "ab", "alice", "b"]


def test_a_page_of_members_takes_as_many_statements_as_one_of_one(
    alice: Api, bob: Api, carol: Api, share: Share, list_id: int
) -> None:
    with counted(alice.app) as few:
        alice.get(f"lists/{list_id}/members")
    share(list_id, bob, "editor")
    share(list_id, carol, "editor")
    with counted(alice.app) as many:
        alice.get(f"lists/{list_id}/members")
    assert len(few) == len(many) == 3


def test_the_list_is_handed_over(alice: Api, bob: Api, share: Share, list_id: int) -> None:
    share(list_id, bob, "viewer")
    response = put(alice, list_id, "bob", "owner")
    assert (response.status_code, response.get_json()["role"]) == (200, "owner")
    assert roles(bob, list_id) == {"alice": "editor", "bob": "owner"}
    assert bob.get(f"lists/{list_id}").get_json()["owner"] == "bob"
    problem(alice.patch(f"lists/{list_id}", {"name": "Mine?"}), 403, "insufficient-role")
    problem(put(alice, list_id, "alice", "owner"), 403, "insufficient-role")
    assert alice.todo(list_id=list_id)["list_id"] == list_id
    assert alice.delete(f"lists/{list_id}/members/alice").status_code == 204


def test_it_is_handed_over_to_members_alone(alice: Api, bob: Api, list_id: int) -> None:
    problem(put(alice, list_id, "bob", "owner"), 409, "no-member")
    problem(put(alice, list_id, "nobody", "owner"), 404, "not-found")
    assert roles(alice, list_id) == {"alice": "owner"}


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_the_owner_takes_no_smaller_role(alice: Api, list_id: int, role: str) -> None:
    problem(put(alice, list_id, "alice", role), 409, "owner-needed")
    problem(alice.delete(f"lists/{list_id}/members/alice"), 409, "owner-needed")
    assert roles(alice, list_id) == {"alice": "owner"}


def test_the_inbox_stays_private(alice: Api, bob: Api) -> None:
    inbox = alice.todo()["list_id"]
    for role in ("viewer", "owner"):
        problem(put(alice, inbox, "bob", role), 409, "inbox")
    assert roles(alice, inbox) == {"alice": "owner"}
    problem(bob.get(f"lists/{inbox}/members"), 404, "not-found")


def test_todos_are_assigned_to_members_alone(
    alice: Api, bob: Api, carol: Api, share: Share, list_id: int
) -> None:
    share(list_id, bob, "viewer")
    todo = alice.todo(list_id=list_id, assigned_to="bob")["id"]
    for username in ("carol", "nobody", "guest"):
        body = {"title": "x", "list_id": list_id, "assigned_to": username}
        assert wrong(alice.post("todos", body)) == {"/assigned_to": "not_a_member"}
        refused = alice.patch(f"todos/{todo}", {"assigned_to": username})
        assert wrong(refused) == {"/assigned_to": "not_a_member"}


@pytest.mark.parametrize("username", ["nobody", "guest", "me", "system", "any", "gone", "asleep"])
def test_there_is_no_such_user(
    app: Flask, alice: Api, person: Callable[..., Api], list_id: int, username: str
) -> None:
    for name, values in {"asleep": {"is_active": False}, "gone": {"deleted_at": utcnow()}}.items():
        person(name)
        with app.app_context(), unit_of_work():
            db.session.query(User).filter_by(username=name).update(values)
    document = problem(put(alice, list_id, username, "viewer"), 404, "not-found")
    assert document["detail"] == f"There is no user {username}."
    assert roles(alice, list_id) == {"alice": "owner"}


@pytest.mark.parametrize("name", ["Bob", "-bob", "b" * 40, "b%00", "b%0a", "b%20b", "b%2Fb", "%E2"])
def test_what_is_no_username_is_nobody(alice: Api, list_id: int, name: str) -> None:
    for method, body in (("GET", None), ("PUT", {"role": "viewer"}), ("DELETE", None)):
        response = alice.call(method, f"lists/{list_id}/members/{name}", body)
        problem(response, 404, "not-found")


def test_only_the_owner_learns_whether_there_is_somebody(
    alice: Api, bob: Api, carol: Api, share: Share, list_id: int
) -> None:
    share(list_id, bob, "editor")
    for username in ("carol", "nobody"):
        problem(put(bob, list_id, username, "viewer"), 403, "insufficient-role")
        for method in ("GET", "DELETE"):
            answer = bob.call(method, f"lists/{list_id}/members/{username}")
            refused = (404, "not-found") if method == "GET" else (403, "insufficient-role")
            problem(answer, *refused)
        problem(alice.delete(f"lists/{list_id}/members/{username}"), 404, "not-found")


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({}, {"/role": "required"}),
        ({"role": None}, {"/role": "null"}),
        ({"role": "king"}, {"/role": "choice"}),
        ({"role": 1, "rank": 1}, {"/role": "type", "/rank": "unknown"}),
        ([], {"": "type"}),
    ],
)
def test_it_refuses_what_is_no_role(
    alice: Api, bob: Api, list_id: int, body: Any, codes: dict[str, str]
) -> None:
    assert wrong(alice.put(f"lists/{list_id}/members/bob", body)) == codes


def test_nothing_changes_while_the_list_is_in_the_trash(
    alice: Api, bob: Api, share: Share, list_id: int
) -> None:
    share(list_id, bob, "editor")
    alice.delete(f"lists/{list_id}")
    problem(put(alice, list_id, "bob", "viewer"), 409, "in-trash")
    problem(bob.delete(f"lists/{list_id}/members/bob"), 409, "in-trash")
    assert roles(bob, list_id) == {"alice": "owner", "bob": "editor"}


def test_a_change_may_name_the_version_of_the_list(
    alice: Api, bob: Api, carol: Api, list_id: int
) -> None:
    assert put(alice, list_id, "bob", "viewer", headers={"If-Match": '"1"'}).status_code == 201
    path = f"lists/{list_id}/members/bob"
    for response in (
        put(alice, list_id, "bob", "editor", headers={"If-Match": '"1"'}),
        alice.put(path, {"role": "editor", "version": 1}),
        alice.put(f"{path}?version=1", {"role": "editor"}),
        alice.delete(path, headers={"If-Match": '"1"'}),
        alice.delete(f"{path}?version=1"),
    ):
        current = problem(response, 412, "precondition-failed")["current"]
        assert current == alice.get(f"lists/{list_id}").get_json()
    assert alice.get(path, headers={"If-None-Match": '"2"'}).status_code == 304
    assert alice.delete(f"{path}?version=2").status_code == 204
    assert alice.get(f"lists/{list_id}").headers["ETag"] == '"3"'
