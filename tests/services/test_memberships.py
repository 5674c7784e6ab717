"""Letting people into lists."""

import pytest
from flask import Flask

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from todoapp.limits import Action
from todoapp.models import Change, TodoList
from todoapp.services import memberships
from todoapp.services.preconditions import UNCONDITIONAL


def add(app: Flask, who: Api, list_id: int, username: str, role: str = "editor") -> None:
    assert who.actor
    with app.app_context(), unit_of_work():
        memberships.put(who.actor, list_id, username, {"role": role}, UNCONDITIONAL, at=utcnow())


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_the_owner_lets_people_in(app: Flask, alice: Api, bob: Api, role: str) -> None:
    made = alice.make_list()
    add(app, alice, made["id"], "bob", role)
    seen = bob.get(f"lists/{made['id']}").get_json()
    assert seen["my_role"] == role
    assert seen["owner"] == "alice"
    assert seen["version"] == made["version"] + 1


def test_the_change_log_tells_who_was_let_in(app: Flask, alice: Api, bob: Api) -> None:
    list_id = alice.make_list()["id"]
    add(app, alice, list_id, "bob")
    with app.app_context():
        told, change = db.session.query(Change).order_by(Change.id.desc()).limit(2)
        assert bob.actor
        assert (told.noun, told.noun_id, told.action) == ("user", bob.actor.user_id, Action.ENTER)
        assert (change.noun, change.noun_id, change.action) == ("list", list_id, Action.UPDATE)
        before, after = change.diff["members"]
    assert before == {"bob": None}
    assert after == {"bob": "editor"}


@pytest.mark.parametrize(
    ("username", "role", "refusal"),
    [
        ("nobody", "editor", NotFound),
        ("bob", "owner", Conflict),
        ("bob", "king", Invalid),
        ("alice", "editor", Conflict),
    ],
)
def test_it_refuses(
    app: Flask, alice: Api, bob: Api, username: str, role: str, refusal: type[DomainError]
) -> None:
    list_id = alice.make_list()["id"]
    with pytest.raises(refusal):
        add(app, alice, list_id, username, role)


def test_only_the_owner_may(app: Flask, alice: Api, bob: Api, carol: Api) -> None:
    list_id = alice.make_list()["id"]
    with pytest.raises(NotFound):
        add(app, bob, list_id, "carol")
    add(app, alice, list_id, "bob", "editor")
    with pytest.raises(Forbidden):
        add(app, bob, list_id, "carol")
    assert carol.get(f"lists/{list_id}").status_code == 404


def test_a_list_in_the_trash_takes_nobody_in(app: Flask, alice: Api, bob: Api) -> None:
    list_id = alice.make_list()["id"]
    with app.app_context(), unit_of_work():
        row = db.session.get_one(TodoList, list_id)
        row.deleted_at, row.trashed_by = utcnow(), "an operation"
    with pytest.raises(Conflict):
        add(app, alice, list_id, "bob")
