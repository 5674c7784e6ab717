"""What has had its time is removed, in portions; what has not stays."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.support.api import Api
from tests.support.statements import read
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work, writer
from todoapp.jobs import housekeeping
from todoapp.models import Change, Failure, IdempotentAnswer, Todo, TodoList
from todoapp.services import failures, trash_expiry
from todoapp.services.idempotency import KEPT

DAYS = 30


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def trashed(api: Api, *titles: str, days: float, **values: Any) -> list[int]:
    """Put todos into the trash, one after the other, so many days ago; return their ids."""
    made = [api.todo(title, **values)["id"] for title in titles]
    for id_ in made:
        api.delete(f"todos/{id_}")
    ago(Todo, made, days)
    return made


def ago(model: Any, ids: list[int], days: float) -> None:
    with unit_of_work():
        then = utcnow() - timedelta(days=days)
        writer().execute(update(model).where(model.id.in_(ids)).values(deleted_at=then))


def purge(most: int = 1000, before: float = DAYS) -> int:
    with unit_of_work():
        now = utcnow()
        return trash_expiry.purge(before=now - timedelta(days=before), at=now, most=most)


def test_todos_leave_the_trash_after_some_days(alice: Api) -> None:
    kept = alice.todo("kept")["id"]
    old = trashed(alice, "a", "b", days=DAYS + 1)
    young = trashed(alice, "c", days=DAYS - 1)
    assert purge() == 2
    assert alice.ids("todos?trashed=true") == young
    assert alice.ids() == [kept]
    assert purge() == 0
    changes = alice.get("changes?page_size=200").get_json()["changes"]
    told = [change for change in changes if change["noun_id"] in old]
    assert [(c["action"], c["actor"]) for c in told[-2:]] == [("purge", None)] * 2
    assert all(change["diff"] == {} for change in told)


def test_a_tree_is_purged_in_portions(alice: Api) -> None:
    root = alice.todo("root")["id"]
    child = alice.todo("child", parent_id=root)["id"]
    alice.todo("grandchild", parent_id=child)
    alice.delete(f"todos/{root}")
    ago(Todo, db.session.scalars(select(Todo.id)).all(), DAYS + 1)  # type: ignore[arg-type]
    assert [purge(most=2), purge(most=2), purge(most=2)] == [2, 1, 0]
    assert count(Todo) == 0


@pytest.mark.parametrize("locked", [Todo, TodoList])
def test_what_is_being_restored_is_passed_over_whole(
    app: Flask, alice: Api, locked: type[Todo | TodoList]
) -> None:
    """Whoever restores locks the todo or the list first, and only then what is below."""
    if app.config["SETTINGS"].is_sqlite:
        pytest.skip("SQLite's writers come one after the other.")
    list_id = alice.make_list("Errands")["id"]
    root = alice.todo("root", list_id=list_id)["id"]
    child = alice.todo("child", list_id=list_id, parent_id=root)["id"]
    alice.delete(f"todos/{root}")
    ago(Todo, [root, child], DAYS + 1)
    first = {Todo: root, TodoList: list_id}[locked]
    with db.engines[None].connect() as other:
        other.execute(select(locked.id).where(locked.id == first).with_for_update())
        assert purge() == 0
    assert purge() == 2


def test_lists_follow_when_they_are_empty(alice: Api) -> None:
    list_id = alice.make_list("Old")["id"]
    young = alice.make_list("Young")["id"]
    for _ in range(3):
        alice.todo(list_id=list_id)
    before = trashed(alice, "trashed alone", days=DAYS + 2, list_id=young)
    for one, days in ((list_id, DAYS + 1), (young, DAYS - 1)):
        alice.delete(f"lists/{one}")
        inside = db.session.scalars(select(Todo.id).where(Todo.list_id == one)).all()
        ago(TodoList, [one], days)
        ago(Todo, [id_ for id_ in inside if id_ not in before], days)
    assert [purge(most=3), purge(most=3), purge(most=3)] == [3, 2, 0]
    left = alice.get("lists?trashed=true").get_json()["lists"]
    assert [one["id"] for one in left] == [young]
    service = select(Change.noun, Change.action, Change.noun_id).where(Change.user_id.is_(None))
    told = {tuple(change) for change in db.session.execute(service)}
    assert alice.actor
    assert {("list", "purge", list_id), ("user", "leave", alice.actor.user_id)} <= told


def test_the_trash_is_kept_for_ever_if_the_operator_says_so(
    alice: Api, configured: Callable[..., Flask]
) -> None:
    trashed(alice, "a", days=4000)
    with configured(trash_days="0").app_context():
        assert housekeeping.whole(housekeeping.trash, utcnow()) == 0
    assert housekeeping.whole(housekeeping.trash, utcnow()) == 1


def test_a_large_trash_is_not_looked_through(app: Flask, alice: Api) -> None:
    trashed(alice, *map(str, range(5)), days=1)
    with read(app) as statements:
        purge(most=2)
    assert any("LIMIT" in statement.sql for statement in statements)


def test_answers_for_retries_and_failures_are_forgotten(alice: Api) -> None:
    for key in "ab":
        alice.post("todos", {"title": key}, headers={"Idempotency-Key": key})
    failed = failures.Failed(
        at=utcnow() - timedelta(days=91),
        request_id="r",
        method="GET",
        route=None,
        status=500,
        user_id=None,
    )
    failures.record(failed, RuntimeError())
    now = utcnow()
    for chore in housekeeping.FURTHER:
        housekeeping.whole(chore, now)
    assert (count(IdempotentAnswer), count(Failure)) == (2, 0)
    housekeeping.whole(housekeeping.answers, now + KEPT + timedelta(seconds=5))
    assert count(IdempotentAnswer) == 0
