"""What happens at the very moment when an account ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.support import postgres, serve
from tests.support.api import Api, problem
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.errors import Unauthenticated
from todoapp.services import api_keys, lists

Person = Callable[..., Api]
Rival = psycopg.Connection[Any]


@pytest.fixture
def root(person: Person) -> Api:
    """The administrator."""
    return person("root", ["todos:read", "todos:write", "account", "admin"], role="admin")


@pytest.mark.parametrize("end", ["delete", "deactivate"])
def test_who_has_been_shut_out_makes_nothing_any_more(
    app: Flask, alice: Api, root: Api, end: str
) -> None:
    """Their key was looked at before: a call that was under way would leave what nobody owns."""
    if end == "delete":
        root.delete("users/alice")
    else:
        root.patch("users/alice", {"is_active": False})
    assert alice.actor
    key = {"name": "x", "scopes": ["todos:read"]}
    with app.app_context(), unit_of_work(), pytest.raises(Unauthenticated):
        lists.create(alice.actor, {"name": "x"}, at=utcnow())
    with app.app_context(), unit_of_work(), pytest.raises(Unauthenticated):
        api_keys.create(alice.actor, key, at=utcnow())


def test_a_list_that_is_just_being_handed_over_keeps_an_owner(
    alice: Api, bob: Api, root: Api, rival: Rival, postgresql_url: str
) -> None:
    """The role that comes with the lock is the one from before it."""
    list_id = alice.make_list()["id"]
    alice.put(f"lists/{list_id}/members/bob", {"role": "editor"})
    rival.execute("SELECT id FROM todo_list WHERE id = %s FOR UPDATE", [list_id])
    for before, after in (("owner", "viewer"), ("editor", "owner"), ("viewer", "editor")):
        rival.execute(
            "UPDATE membership SET role = %s WHERE list_id = %s AND role = %s",
            [after, list_id, before],
        )
    with ThreadPoolExecutor(1) as pool:
        deletion = pool.submit(root.delete, "users/bob")
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "it to wait")
        rival.commit()
        assert deletion.result().status_code == 204
    assert root.get(f"lists/{list_id}").get_json()["owner"] == "root"


def test_who_is_just_being_deleted_is_not_let_in(
    alice: Api, bob: Api, rival: Rival, postgresql_url: str
) -> None:
    list_id = alice.make_list()["id"]
    rival.execute("UPDATE user_account SET deleted_at = now() WHERE username = 'bob'")
    with ThreadPoolExecutor(1) as pool:
        put = pool.submit(alice.put, f"lists/{list_id}/members/bob", {"role": "editor"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "it to wait")
        rival.commit()
        problem(put.result(), 404, "not-found")


def test_nothing_that_locks_a_person_keeps_them_from_writing(alice: Api, rival: Rival) -> None:
    """A todo refers to who made it: a lock on the key of the account would hold it up."""
    rival.execute("SELECT id FROM user_account WHERE username = 'alice' FOR NO KEY UPDATE")
    assert alice.post("todos", {"title": "x"}).status_code == 201
    rival.rollback()
