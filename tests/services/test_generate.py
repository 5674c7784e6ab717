"""Generated todos: as many as asked for, in the shares promised, and nothing amiss with them."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import flask_migrate
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import and_, func, or_, select, text

from tests.conftest import MakeSettings
from tests.support import postgres
from tests.support.api import Api
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections
from todoapp.limits import OPEN_STATUSES, Action, Noun, Status
from todoapp.models import Change, Membership, Todo, TodoList, TodoTag
from todoapp.services import generate_text
from todoapp.services.generate_todos import Drawing, Drawn, Place
from todoapp.services.todo_values import columns
from todoapp.services.todo_writes import facts_of

TODOS, USERS, LISTS = 4_000, 4, 20
#: Everybody's own, and the one that is shared with them.
LISTS_SEEN = LISTS // USERS + 1

Share = Callable[[Any], float]


def generate(app: Flask, *options: str) -> Result:
    size = ("--todos", str(TODOS), "--users", str(USERS), "--lists", str(LISTS))
    return app.test_cli_runner().invoke(args=["todo", "generate", *size, *options])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def caller(
    request: pytest.FixtureRequest,
    make_settings: MakeSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Api]:
    """Yield the first of the generated people, on each engine in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('generated') / 'generated.db'}"
    else:
        url = postgres.new_database(request.getfixturevalue("postgresql_server"), "generated")
    app = create_app(make_settings(database_url=url))
    with app.app_context():
        flask_migrate.upgrade()
    result = generate(app)
    assert (result.exit_code, result.stderr) == (0, "")
    yield Api(app, result.stdout.strip())
    with app.app_context():
        forget_connections()


@pytest.fixture
def share(caller: Api) -> Iterator[Share]:
    """Return a function that tells how many todos of a hundred are such."""

    def of_a_hundred(condition: Any) -> float:
        counted = db.session.scalar(select(func.count()).select_from(Todo).where(condition))
        return (counted or 0) * 100 / TODOS

    with caller.app.app_context():
        yield of_a_hundred


def test_everybody_has_equally_many_lists_and_every_list_equally_many_todos(caller: Api) -> None:
    with caller.app.app_context():
        lists = db.session.scalar(select(func.count()).select_from(TodoList))
        seen = select(func.count()).select_from(Membership).group_by(Membership.user_id)
        todos = select(func.count()).select_from(Todo).group_by(Todo.list_id)
        assert lists == LISTS
        assert db.session.scalars(seen).all() == [LISTS_SEEN] * USERS
        assert db.session.scalars(todos).all() == [TODOS // LISTS] * LISTS


def test_what_is_done_and_what_is_not_has_its_share(share: Share) -> None:
    now = utcnow()
    is_open = Todo.status.in_(OPEN_STATUSES)
    late = or_(Todo.due_on < now.date(), Todo.due_at < now)
    assert share(is_open) == pytest.approx(60, abs=3)
    assert share(and_(is_open, late)) * 100 / share(is_open) == pytest.approx(3, abs=1)
    assert share(Todo.completed_at > now - timedelta(days=731)) == pytest.approx(37, abs=3)
    assert share(Todo.status == Status.CANCELLED) == pytest.approx(3, abs=1)
    assert share(Todo.deleted_at.is_not(None)) == pytest.approx(5, abs=1)


def test_values_have_their_shares(share: Share) -> None:
    expected = (20, 60, 15, 5)
    for rank, part in enumerate(expected, start=1):
        assert share(Todo.priority == rank) == pytest.approx(part, abs=3)
    assert share(Todo.due_key.is_not(None)) == pytest.approx(50, abs=3)
    assert share(Todo.due_at.is_not(None)) == pytest.approx(15, abs=3)
    assert share(Todo.parent_id.is_not(None)) == pytest.approx(10, abs=2)
    assert share(Todo.assigned_to_id.is_not(None)) == pytest.approx(40, abs=3)
    assert share(Todo.tag_rows.any(TodoTag.key == "work")) == pytest.approx(20, abs=3)
    assert 0 < share(Todo.tag_rows.any(TodoTag.key == "tax")) < 0.4
    assert share(Todo.description == "") == pytest.approx(40, abs=3)


def test_todos_were_created_one_after_the_other_and_changed_later(caller: Api) -> None:
    with caller.app.app_context():
        rows = db.session.execute(
            select(Todo.created_at, Todo.updated_at, Todo.version).order_by(Todo.id)
        ).all()
    created = [row.created_at for row in rows]
    assert created == sorted(created)
    assert utcnow() - created[0] > timedelta(days=729)
    assert all(row.created_at <= row.updated_at <= utcnow() for row in rows)
    assert all((row.version == 1) == (row.created_at == row.updated_at) for row in rows)


def test_what_is_derived_is_as_the_service_derives_it(caller: Api) -> None:
    with caller.app.app_context():
        for todo in db.session.scalars(select(Todo).where(Todo.id % 40 == 0)):
            due = todo.due_on or todo.due_at
            values = columns({**facts_of(todo), "priority": None, "due_date": due})
            for name in ("title_key", "search_text", "due_on", "due_at", "due_key"):
                assert values[name] == getattr(todo, name), name


def test_subtasks_lie_below_living_todos_of_their_list(caller: Api) -> None:
    parent = Todo.__table__.alias("parent")
    pairs = select(Todo.list_id, parent.c.list_id, parent.c.parent_id, parent.c.deleted_at)
    with caller.app.app_context():
        rows = db.session.execute(pairs.join(parent, parent.c.id == Todo.parent_id)).all()
    assert rows
    assert all(row[0] == row[1] and row[2:] == (None, None) for row in rows)


def test_words_are_found_and_those_of_a_list_only_there(caller: Api) -> None:
    subject = generate_text.subject(0)
    page = caller.get(f"todos?q={subject}&page_size=200").get_json()
    assert len(page["todos"]) > TODOS / LISTS * 0.15
    assert len({todo["list_id"] for todo in page["todos"]}) == 1
    assert caller.ids("todos?q=review")
    assert caller.ids("todos?q=absent") == []


def test_pages_go_through_all_that_somebody_sees(caller: Api) -> None:
    path, found = "todos?page_size=200", 0
    while path:
        page = caller.get(path).get_json()
        found += len(page["todos"])
        token = page["next_page_token"]
        path = token and f"todos?page_size=200&page_token={token}"
    assert found == caller.get("todos?count=true").get_json()["total_count"]
    assert found == pytest.approx(TODOS / LISTS * LISTS_SEEN * 0.95, rel=0.05)


@pytest.mark.parametrize(
    "query",
    ["due=overdue", "tags=work", "assigned_to=me", "created_by=user004", "parent_id=none"],
)
def test_filters_find_something(caller: Api, query: str) -> None:
    assert caller.ids(f"todos?{query}")


def test_what_was_generated_can_be_changed_and_added_to(caller: Api) -> None:
    todo = caller.get("todos?page_size=1").get_json()["todos"][0]
    assert caller.patch(f"todos/{todo['id']}", {"title": "Something else"}).status_code == 200
    assert caller.ids("todos?q=something") == [todo["id"]]
    assert caller.todo("One more", list_id=todo["list_id"])["id"] > TODOS
    assert caller.delete(f"todos/{todo['id']}").status_code == 204


def test_the_database_finds_nothing_amiss(caller: Api) -> None:
    settings = caller.app.config["SETTINGS"]
    if settings.is_sqlite:
        with sqlite3.connect(settings.url.database) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            connection.execute(
                "INSERT INTO todo_search (todo_search, rank) VALUES ('integrity-check', 1)"
            )
    else:
        analyzed = text("SELECT reltuples FROM pg_class WHERE relname = 'todo'")
        with caller.app.app_context():
            assert db.session.scalar(analyzed) == TODOS


def test_the_log_knows_of_people_and_lists_alone(caller: Api) -> None:
    made = select(Change.noun, func.count()).group_by(Change.noun)
    made = made.where(Change.action == Action.CREATE, Change.noun_id <= TODOS)
    with caller.app.app_context():
        counts = dict(db.session.execute(made).tuples().all())
    assert counts == {Noun.USER: USERS, Noun.LIST: LISTS, Noun.API_KEY: 1}


def test_the_same_seed_draws_the_same_todos_and_another_others() -> None:
    now = utcnow()

    def drawn(seed: int) -> list[Drawn]:
        places = [Place(list_id, "Debaba", [1, 2]) for list_id in (1, 2)]
        return list(Drawing(Random(seed), now).todos(50, 1, places))

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_who_works_already_is_left_alone(app: Flask, alice: Api) -> None:
    alice.todo()
    result = generate(app)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There are people or todos here already" in result.stderr
    assert alice.get("todos?count=true").get_json()["total_count"] == 1


@pytest.mark.usefixtures("alice", "bob")
def test_people_without_todos_are_left_alone_too(app: Flask) -> None:
    assert "There are people or todos here already" in generate(app).stderr


def test_a_size_that_does_not_come_out_even_is_refused(app: Flask) -> None:
    assert "lists: Must be a multiple of the users." in generate(app, "--users", "3").stderr
    wrong = generate(app, "--todos", "0", "--users", "-1").stderr
    assert "todos: Must be at least 1.; users: Must be at least 1." in wrong
