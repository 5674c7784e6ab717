"""A write that is one statement, which PostgreSQL commits by itself."""

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, literal, select
from werkzeug.test import TestResponse

from tests.support import postgres, serve
from tests.support.api import Api, problem
from todoapp import single_write
from todoapp.db import db, forget_connections, unit_of_work, writer

Rival = psycopg.Connection[Any]


@contextmanager
def transactions(app: Flask) -> Iterator[list[str]]:
    """Yield the list of what the engine that writes begins and commits meanwhile.

    That a key is in use has been written before.
    """
    told: list[str] = []
    with app.app_context():
        engine = db.engines[None]
    listeners = {
        name: lambda _connection, name=name: told.append(name) for name in ("begin", "commit")
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield told
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


@pytest.fixture
def end(postgresql_url: str) -> Callable[[str], int]:
    """Return a function that ends the sessions which write and are so; it tells how many."""

    def end_those(condition: str) -> int:
        asked = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'todoapp writes'"
            f" AND {condition}"
        )
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            return len(connection.execute(asked).fetchall())

    return end_those


@pytest.fixture
def late(alice: Api, rival: Rival, postgresql_url: str) -> Iterator[Future[TestResponse]]:
    """Alice's new todo, which waits for the rival to let go of the table."""
    rival.execute("LOCK TABLE todo IN SHARE MODE")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(alice.post, "todos", {"title": "Late"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the late one to wait")
        yield answer


def test_a_todo_alone_needs_no_transaction(alice: Api, rival: Rival) -> None:
    alice.get("todos")
    with transactions(alice.app) as told:
        created = alice.post("todos", {"title": "Buy milk", "priority": "high"})
    assert told == []
    todo = created.get_json()
    assert alice.get(f"todos/{todo['id']}").get_json() == todo
    [change] = alice.get(f"todos/{todo['id']}/history").get_json()["changes"]
    assert created.headers["Change-Id"] == str(change["id"])


@pytest.mark.parametrize(
    ("body", "options"),
    [
        ({"title": "Tagged", "tags": ["work"]}, {}),
        ({"title": "Named", "uid": "an id of mine"}, {}),
        ({"title": "Retried"}, {"headers": {"Idempotency-Key": "k1"}}),
    ],
    ids=lambda value: value.get("title"),
)
def test_a_todo_with_more_to_write_or_to_check_has_one(
    alice: Api, rival: Rival, body: dict[str, Any], options: dict[str, Any]
) -> None:
    alice.get("todos")
    with transactions(alice.app) as told:
        assert alice.post("todos", body, **options).status_code == 201
    assert told == ["begin", "commit"]


def test_a_todo_that_is_only_tried_stays_away(alice: Api) -> None:
    assert alice.post("todos?validate_only=true", {"title": "Tried"}).status_code == 200
    assert alice.ids() == []


def test_connections_that_have_hung_up_are_left(
    alice: Api, rival: Rival, end: Callable[[str], int]
) -> None:
    alice.todo("Before")
    assert end("true") >= 1
    alice.todo("After")
    assert len(alice.ids()) == 2


def test_a_worker_with_many_open_files_adds_todos_as_well(alice: Api, rival: Rival) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with alice.app.app_context():
            forget_connections()
        while stack.enter_context(Path("/dev/null").open()).fileno() < 1024:
            pass  # what is opened next has a higher number
        alice.todo()
        with alice.app.app_context():
            forget_connections()


def test_one_that_dies_meanwhile_is_not_tried_again(
    alice: Api, rival: Rival, late: Future[TestResponse], end: Callable[[str], int]
) -> None:
    assert end("wait_event_type = 'Lock'") == 1
    detail = problem(late.result(), 503, "unavailable")["detail"]
    assert "whether it did is not known" in detail
    rival.commit()
    assert alice.ids() == []
    alice.todo("Again")
    assert len(alice.ids()) == 1


def test_one_that_is_cancelled_has_changed_nothing(
    alice: Api, rival: Rival, late: Future[TestResponse], postgresql_url: str
) -> None:
    cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(postgresql_url) as connection:
        connection.execute(cancel)
    detail = problem(late.result(), 503, "unavailable")["detail"]
    assert "nothing was changed" in detail
    rival.commit()
    assert alice.ids() == []
    with transactions(alice.app) as told:
        alice.patch(f"todos/{alice.todo()['id']}", {"title": "By the same connection"})
    assert told == ["begin", "commit"]


def test_what_the_database_refuses_is_a_conflict(
    alice: Api, rival: Rival, postgresql_url: str
) -> None:
    alice.todo()
    rival.execute("ALTER TABLE todo ADD CONSTRAINT title CHECK (title <> 'No') NOT VALID")
    rival.commit()
    try:
        problem(alice.post("todos", {"title": "No"}), 409, "conflict")
        alice.todo("Yes")
    finally:
        rival.execute("ALTER TABLE todo DROP CONSTRAINT title")
        rival.commit()


def test_nothing_comes_after_it(alice: Api, rival: Rival) -> None:
    with alice.app.app_context(), unit_of_work():
        assert single_write.commit(select(literal(1)), {}) == (1,)
        with pytest.raises(RuntimeError, match="goes on"):
            writer()
        with pytest.raises(RuntimeError, match="goes on"):
            db.session.execute(select(1))
