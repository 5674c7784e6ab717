"""DELETE /lists/{id}/members: who leaves a list, and what becomes of their todos there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import Flask

from tests.api.test_members import put, roles
from tests.support import postgres, serve
from tests.support.api import Api, problem, wrong
from tests.support.statements import counted

Share = Callable[[int, Api, str], None]


@pytest.fixture
def list_id(alice: Api) -> int:
    id_: int = alice.make_list()["id"]
    return id_


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_everybody_else_may_leave(
    alice: Api, bob: Api, share: Share, list_id: int, role: str
) -> None:
    share(list_id, bob, role)
    todo = alice.todo(list_id=list_id)["id"]
    assert bob.delete(f"lists/{list_id}/members/bob").status_code == 204
    for path in (f"lists/{list_id}", f"lists/{list_id}/members", f"todos/{todo}"):
        problem(bob.get(path), 404, "not-found")
    assert bob.ids() == []


def test_one_who_is_removed_sees_nothing_at_once(
    alice: Api, bob: Api, share: Share, list_id: int
) -> None:
    """[8.2.2] Nor by a page token from before."""
    share(list_id, bob, "editor")
    todos = [alice.todo(list_id=list_id)["id"] for _ in range(2)]
    path = f"todos?list_id={list_id}&page_size=1"
    token = bob.get(path).get_json()["next_page_token"]
    assert alice.delete(f"lists/{list_id}/members/bob").status_code == 204
    problem(bob.get(f"todos/{todos[0]}"), 404, "not-found")
    problem(bob.patch(f"todos/{todos[0]}", {"title": "Mine"}), 404, "not-found")
    assert bob.ids(f"{path}&page_token={token}") == []
    assert roles(alice, list_id) == {"alice": "owner"}
    problem(alice.delete(f"lists/{list_id}/members/bob"), 404, "not-found")
    problem(alice.get(f"lists/{list_id}/members/bob"), 404, "not-found")


def test_what_was_assigned_to_them_is_assigned_to_nobody(
    alice: Api, bob: Api, share: Share, list_id: int
) -> None:
    other = alice.make_list("Other")["id"]
    for id_ in (list_id, other):
        share(id_, bob, "editor")
    theirs = [alice.todo(list_id=list_id, assigned_to="bob") for _ in range(3)]
    alice.delete(f"todos/{theirs[2]['id']}")
    kept = [alice.todo(list_id=list_id, assigned_to="alice")]
    kept.append(alice.todo(list_id=other, assigned_to="bob"))
    alice.delete(f"lists/{list_id}/members/bob")
    for before in theirs:
        after = alice.get(f"todos/{before['id']}").get_json()
        assert after["assigned_to"] is None
        assert after["version"] == before["version"] + (1 if after["deleted_at"] is None else 2)
        [change, *_] = alice.get(f"todos/{before['id']}/history").get_json()["changes"]
        assert (change["action"], change["diff"]) == ("update", {"assigned_to": ["bob", None]})
    for todo in kept:
        assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_taking_many_todos_off_them_takes_as_many_statements_as_few(
    app: Flask, alice: Api, bob: Api, share: Share, list_id: int
) -> None:
    taken = []
    for size in (1, 40):
        share(list_id, bob, "editor")
        todo = {"title": "x", "list_id": list_id, "assigned_to": "bob"}
        alice.post("todos/batch", {"operations": [{"op": "create", "todo": todo}] * size})
        with counted(app) as statements:
            assert alice.delete(f"lists/{list_id}/members/bob").status_code == 204
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_one_who_was_just_removed_is_assigned_nothing(
    alice: Api,
    bob: Api,
    share: Share,
    rival: psycopg.Connection[object],
    postgresql_url: str,
    list_id: int,
) -> None:
    share(list_id, bob, "editor")
    todo = alice.todo(list_id=list_id)["id"]
    rival.execute("DELETE FROM membership WHERE list_id = %s AND role = 'editor'", [list_id])
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(alice.patch, f"todos/{todo}", {"assigned_to": "bob"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the late one to wait")
        rival.commit()
        assert wrong(late.result()) == {"/assigned_to": "not_a_member"}


def test_one_who_has_just_handed_the_list_over_is_no_owner_any_more(
    alice: Api,
    bob: Api,
    carol: Api,
    share: Share,
    rival: psycopg.Connection[object],
    postgresql_url: str,
    list_id: int,
) -> None:
    for who in (bob, carol):
        share(list_id, who, "editor")
    assert bob.actor
    become = "UPDATE membership SET role = %s WHERE list_id = %s AND "
    rival.execute("UPDATE todo_list SET version = version + 1 WHERE id = %s", [list_id])
    rival.execute(become + "role = 'owner'", ["editor", list_id])
    rival.execute(become + "user_id = %s", ["owner", list_id, bob.actor.user_id])
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(put, alice, list_id, "carol", "owner")
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the late one to wait")
        rival.commit()
        problem(late.result(), 403, "insufficient-role")
    assert roles(alice, list_id) == {"alice": "editor", "bob": "owner", "carol": "editor"}
