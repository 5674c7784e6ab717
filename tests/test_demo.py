"""The demo: a set of people and todos to look at."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import MakeSettings
from tests.support.api import Api
from todoapp.app import create_app
from todoapp.db import db, unit_of_work
from todoapp.limits import OPEN_STATUSES, Action, ListRole, Noun, Status
from todoapp.models import Change, Membership, Todo, TodoList
from todoapp.services import demo
from todoapp.services.demo_themes import PEOPLE, THEMES

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MakeDemo = Callable[[datetime], Flask]


@pytest.fixture(scope="module")
def make_demo(make_settings: MakeSettings, tmp_path_factory: pytest.TempPathFactory) -> MakeDemo:
    """Return a function that makes the demo as of an instant, in a database of its own."""

    def make(at: datetime) -> Flask:
        path = tmp_path_factory.mktemp("demo") / "demo.db"
        app = create_app(make_settings(database_url=f"sqlite:///{path}"))
        with app.app_context():
            flask_migrate.upgrade()
            with unit_of_work():
                demo.make(at=at)
        return app

    return make


@pytest.fixture(scope="module")
def demo_app(make_demo: MakeDemo) -> Flask:
    return make_demo(NOW)


@pytest.fixture
def rows(demo_app: Flask) -> Callable[..., list[Any]]:
    """Return a function that selects from the demo."""

    def fetch(*columns: Any, where: Any = True) -> list[Any]:
        with demo_app.app_context():
            return list(db.session.execute(select(*columns).where(where)).all())

    return fetch


Rows = Callable[..., list[Any]]


def run(app: Flask, *arguments: str) -> str:
    result = app.test_cli_runner().invoke(args=["todo", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_makes_it_and_says_how_to_get_in(app: Flask) -> None:
    told = run(app, "demo")
    printed = re.search(r"flask todo (create-key \w+ --name demo --scopes \S+)", told)
    assert printed
    key = run(app, *printed[1].split()).strip()
    todos = Api(app, key).get("todos?count=true").get_json()
    assert todos["total_count"] > 50
    assert f"{demo_size(app)} todos" in told


def demo_size(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Todo)) or 0


def test_a_second_run_changes_nothing(demo_app: Flask) -> None:
    def last_change() -> int | None:
        with demo_app.app_context():
            return db.session.scalar(select(func.max(Change.id)))

    before = last_change()
    assert "nothing was changed" in run(demo_app, "demo")
    assert last_change() == before


def test_it_leaves_a_person_alone_who_has_the_name_of_one_of_its_own(app: Flask) -> None:
    run(app, "create-user", PEOPLE[-1])
    assert "nothing was changed" in run(app, "demo")
    assert demo_size(app) == 0


def test_the_lists_are_shared_in_every_role(rows: Rows) -> None:
    named = [theme for theme in THEMES if theme.name]
    assert len(rows(TodoList.id)) == len(named) + len(PEOPLE)
    assert {row.role for row in rows(Membership.role)} == set(ListRole)
    shared = sum(len(theme.roles) for theme in named)
    assert len(rows(Membership.user_id)) == len(named) + len(PEOPLE) + shared


def test_there_are_todos_of_every_kind(rows: Rows) -> None:
    assert 200 <= len(rows(Todo.id)) <= 500
    assert {row.status for row in rows(Todo.status)} == set(Status)
    assert len({row.priority for row in rows(Todo.priority)}) == 4
    for kind in (
        Todo.parent_id.is_not(None),
        Todo.deleted_at.is_not(None),
        Todo.assigned_to_id.is_not(None),
        Todo.tag_rows.any(),
        Todo.due_at.is_not(None),
        Todo.due_key.is_(None),
        Todo.description != "",
    ):
        assert len(rows(Todo.id, where=kind)) >= 10, kind


@pytest.mark.parametrize("days", [(-9, -1), (0, 0), (1, 7), (8, 31)])
def test_open_todos_are_due_around_today(rows: Rows, days: tuple[int, int]) -> None:
    first, last = (NOW.date() + timedelta(days=day) for day in days)
    due = Todo.status.in_(OPEN_STATUSES) & Todo.due_on.between(first, last)
    assert rows(Todo.id, where=due)


def test_its_history_is_one_of_weeks_in_order(rows: Rows) -> None:
    log = rows(Change.id, Change.at, where=Change.noun == Noun.TODO)
    instants = [row.at for row in sorted(log)]
    assert instants == sorted(instants)
    assert instants[-1] <= NOW
    assert instants[-1] - instants[0] > timedelta(days=30)
    assert {row.action for row in rows(Change.action)} >= {
        Action.CREATE,
        Action.UPDATE,
        Action.TRASH,
        Action.RESTORE,
    }


def test_what_was_trashed_one_by_one_comes_back_one_by_one(rows: Rows) -> None:
    trashed = rows(Todo.id, Todo.parent_id, Todo.trashed_by, where=Todo.deleted_at.is_not(None))
    ids = {row.id for row in trashed}
    alone = [row for row in trashed if row.parent_id not in ids]
    assert len({row.trashed_by for row in trashed}) == len(alone) > 1


def test_viewers_change_nothing(rows: Rows) -> None:
    viewers = set(rows(Membership.user_id, Membership.list_id, where=Membership.role == "viewer"))
    assert viewers
    assert not viewers & set(rows(Change.user_id, Change.list_id))


def test_it_is_the_same_each_time(rows: Rows, make_demo: MakeDemo) -> None:
    columns = (Todo.id, Todo.title, Todo.status, Todo.due_key, Todo.created_at, Todo.version)
    with make_demo(NOW).app_context():
        again = list(db.session.execute(select(*columns)).all())
    assert again == rows(*columns)
