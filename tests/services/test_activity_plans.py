"""A page of activity looks at little of the log, whatever is asked for and whoever asks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import flask_migrate
import orjson
import pytest
from flask import Flask

from tests.conftest import MakeSettings
from tests.support import postgres
from tests.support.statements import read
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections, reader, unit_of_work
from todoapp.models import Change
from todoapp.schemas.activity import ActivityQuery
from todoapp.services import accounts, activity, bulk, lists
from todoapp.services.access import Actor, seeing_everyone

CHANGES, LISTS = 20_000, 20
#: Of the rows of the log, on PostgreSQL; of the steps that it takes to see all, on SQLite, where
#: some thousands are for the page itself.
SHARES = {"sqlite": 0.5, "postgresql": 0.1}
PEOPLE = ("alice", "bob", "carol", "dave")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived(
    request: pytest.FixtureRequest,
    make_settings: MakeSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """Yield a service with a long log, on each engine in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('activity') / 'activity.db'}"
    else:
        url = postgres.new_database(request.getfixturevalue("postgresql_server"), "activity")
    app = create_app(make_settings(database_url=url))
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            fill()
        if request.param == "postgresql":  # whose servers do it by themselves
            bulk.settle()
        yield app
        forget_connections()


def fill() -> None:
    """Let four people do things in lists of their own for a hundred days."""
    now = utcnow()
    # The log is written in the order of time, as ever: else no day is a part of it.
    accounts.create({"username": "root", "role": "admin"}, at=now - timedelta(days=101))
    for name in PEOPLE:
        accounts.create({"username": name}, at=now - timedelta(days=101))
    actors = [accounts.acting(name) for name in PEOPLE]
    places = [
        (actor.user_id, lists.create(actor, {"name": "x"}, at=now - timedelta(days=101)))
        for _ in range(LISTS // len(PEOPLE))
        for actor in actors
    ]
    # What the first person does, is over after the first tenth.
    parts = [
        places if n < CHANGES / 10 else [p for p in places if p[0] != places[0][0]]
        for n in range(CHANGES)
    ]
    diff: Any = {"title": ["x" * 40, "y" * 40]}
    if db.engines["reads"].dialect.name == "postgresql":  # COPY takes it as text
        diff = orjson.dumps(diff).decode()
    bulk.add(
        Change,
        [
            {
                "at": now - timedelta(days=100 * (1 - number / CHANGES)),
                "operation_id": str(UUID(int=number // 3)),
                "user_id": (place := part[number % len(part)])[0],
                "noun": "view" if number % 1000 == 7 else "todo",
                "noun_id": number // 4,
                "list_id": place[1],
                "action": "trash" if number % 100 == 3 else ("update", "create")[number % 2],
                "diff": diff,
                "transaction_id": 0,
            }
            for number, part in enumerate(parts)
        ],
    )


def days_ago(number: int) -> str:
    return (utcnow() - timedelta(days=number)).date().isoformat()


QUESTIONS: list[dict[str, str]] = [
    {},
    {"actor": "me"},
    {"actor": "alice"},
    {"actor": "root"},
    {"actor": "nobody"},
    {"noun": "todo"},
    {"noun": "view"},
    {"noun": "session"},
    {"noun": "todo", "noun_id": "500"},
    {"list_id": "6"},
    {"action": "create"},
    {"action": "trash"},
    {"action": "leave"},
    {"since": days_ago(1)},
    {"until": days_ago(98)},
    {"since": days_ago(50), "until": days_ago(49)},
    {"operation_id": str(UUID(int=77))},
    {"actor": "bob", "action": "trash", "noun": "todo", "since": days_ago(3)},
    {"list_id": "7", "noun": "view", "until": days_ago(99)},
]


@pytest.mark.parametrize("who", ["alice", "bob", "root", "everyone"])
@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_a_page_looks_at_little_of_the_log(
    lived: Flask, who: str, question: dict[str, str]
) -> None:
    query = ActivityQuery.parse_query({name: [value] for name, value in question.items()})
    actor = accounts.acting("root" if who == "everyone" else who)
    if who == "everyone":
        actor = seeing_everyone(actor)
    engine = reader().dialect.name
    whole, part = (_steps if engine == "sqlite" else _rows)(lived, actor, query)
    assert part < whole * SHARES[engine]


def _steps(_app: Flask, actor: Actor, query: dict[str, Any]) -> tuple[int, int]:
    """Return how many steps SQLite takes for one look at the log, and for a page."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 100

    driver: Any = reader().connection.driver_connection
    driver.set_progress_handler(count, 100)
    driver.execute("SELECT count(*) FROM change NOT INDEXED WHERE address IS NOT NULL").fetchall()
    whole, steps = steps, 0
    activity.page(actor, query, None)
    driver.set_progress_handler(None, 0)
    return whole, steps


def _rows(app: Flask, actor: Actor, query: dict[str, Any]) -> tuple[int, int]:
    """Return how many changes there are, and how many PostgreSQL looks at for a page."""
    with read(app) as statements:
        activity.page(actor, query, None)
    driver: Any = reader().connection.driver_connection
    looked_at = 0
    for statement in statements:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"
        plan = driver.execute(explain, statement.values).fetchone()[0][0]["Plan"]
        looked_at += sum(map(_looked_at, _nodes(plan)))
    return CHANGES, round(looked_at)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", []):
        yield from _nodes(part)


def _looked_at(node: dict[str, Any]) -> float:
    if node.get("Relation Name") != "change":
        return 0
    rows: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return rows * node["Actual Loops"]
