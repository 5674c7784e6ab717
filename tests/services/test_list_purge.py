"""Lists that are deleted for good: what of them remains."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Forbidden, NotFound
from todoapp.models import Change
from todoapp.services import list_purge, undo

Share = Callable[[int, Api, str], None]


def purge(who: Api, *list_ids: int, most: int = 100) -> tuple[int, int]:
    assert who.actor
    with who.app.app_context(), unit_of_work():
        return list_purge.purge(who.actor, list_ids, most=most, at=utcnow())


@pytest.fixture
def list_id(alice: Api) -> int:
    """Return a list with two todos and a view, in the trash."""
    list_id: int = alice.make_list("Secret")["id"]
    parent = alice.todo("Secret", list_id=list_id)["id"]
    alice.todo("Secret", list_id=list_id, parent_id=parent, tags=["x"])
    alice.made("views", {"name": "Secret", "list_id": list_id})
    alice.delete(f"lists/{list_id}")
    return list_id


def test_nothing_remains_but_that_it_was(app: Flask, alice: Api, list_id: int) -> None:
    assert purge(alice, list_id) == (1, 2)
    with app.app_context():
        log = db.session.scalars(db.select(Change).where(Change.list_id == list_id)).all()
        assert {change.noun for change in log} == {"list", "todo", "view"}
        assert [change.diff for change in log if change.diff] == []
        assert ("list", "purge") in {(change.noun, change.action) for change in log}


def test_it_cannot_be_taken_back(app: Flask, alice: Api, list_id: int) -> None:
    purge(alice, list_id)
    with app.app_context():
        gone = db.select(Change).where(Change.noun == "list", Change.action == "purge")
        change = db.session.scalars(gone).one()
        assert not undo.is_undoable(change)


def test_a_list_with_too_much_in_it_keeps_the_rest(alice: Api, list_id: int) -> None:
    assert purge(alice, list_id, most=1) == (0, 1)
    assert alice.get(f"lists/{list_id}").status_code == 200
    assert purge(alice, list_id, most=1) == (1, 1)
    assert alice.get(f"lists/{list_id}").status_code == 404


def test_a_list_that_is_not_in_the_trash_is_passed_over(alice: Api, list_id: int) -> None:
    alice.post(f"lists/{list_id}/restore")
    assert purge(alice, list_id) == (0, 0)
    assert alice.get(f"lists/{list_id}").get_json()["deleted_at"] is None


def test_its_owner_alone_may(alice: Api, bob: Api, carol: Api, share: Share) -> None:
    list_id = alice.make_list()["id"]
    share(list_id, bob, "editor")
    alice.delete(f"lists/{list_id}")
    with pytest.raises(Forbidden):
        purge(bob, list_id)
    with pytest.raises(NotFound):
        purge(carol, list_id)
    assert alice.get(f"lists/{list_id}").status_code == 200
