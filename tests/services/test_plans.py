"""How the databases find what the API is asked for: by an index, and never all of it.

The statements are those that the API runs for the questions of `make growth`, on so many todos that
a planner means what it says.
"""

import re
import sqlite3
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import flask_migrate
import psycopg
import pytest
from flask import Flask

from tests.conftest import MakeSettings
from tests.load import growth_calls
from tests.load.growth_calls import QUESTIONS, Question
from tests.support import postgres
from tests.support.api import Api
from tests.support.statements import Statement, read
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections, reader, unit_of_work
from todoapp.limits import BATCH_MAX, Scope
from todoapp.schemas.todo import SIGNED_SORTS, TodoQuery
from todoapp.services import accounts, api_keys, authentication, bulk, generate, todo_pages

TODOS, USERS, LISTS = 20_000, 5, 50

#: What a page of todos is found in.
FOUND_IN = "todo AS candidate|todo_tag AS tagged"

#: They lead to few by a filter, whatever the order.
NARROW = (
    "ix_todo_parent_id_list_id",
    "ix_todo_list_open_due",
    "ix_todo_list_due",
    "ix_todo_list_updated",
)


class Served:
    """An application on a database full of todos, and its callers."""

    def __init__(self, app: Flask, member: str, admin: str) -> None:
        self.app = app
        self.member, self.admin = Api(app, member), Api(app, admin)
        self._facts = growth_calls.facts(self._ask)

    def statements(self, question: Question) -> list[Statement]:
        """Return what the database is asked for the page, and the next, of a question."""
        api = self.admin if question.everyone else self.member
        path = question.path.format(**self._facts)
        if question.deep:
            path = growth_calls.in_the_midst(self._ask, path)
        with read(self.app) as statements:
            token = api.get(path).get_json()["next_page_token"]
            if token and not question.deep:
                api.get(f"{path}&page_token={token}")
        asked = [one for one in statements if re.search(FOUND_IN, one.sql)]
        # To count 10,000 of 20,000, nothing is better than to go through them.
        return [
            one for one in asked if not (question.everyone and one.sql.startswith("SELECT count"))
        ]

    def statements_back(self, filters: str) -> list[Statement]:
        """Return what the database is asked for the page before the one in the midst."""
        pairs = parse_qs(filters.format(**self._facts), keep_blank_values=True)
        query = TodoQuery.parse_query(pairs)
        with self.app.app_context():
            actor, _ = authentication.authenticate(self.member.key or "", at=utcnow())
            pages = [todo_pages.page(actor, query, None, now=utcnow())]
            while pages[-1].next:
                pages.append(todo_pages.page(actor, query, pages[-1].next, now=utcnow()))
            middle = pages[(len(pages) + 1) // 2]
            with read(self.app) as statements:
                todo_pages.page(actor, query, middle.previous, now=utcnow(), back=True)
        return [one for one in statements if re.search(FOUND_IN, one.sql)]

    def _ask(self, path: str) -> Any:
        return self.member.get(path).get_json()

    def indexes(self, statement: Statement) -> set[str]:
        """Return the names of the indexes that a statement is answered by."""
        with self.app.app_context(), db.engines["reads"].connect() as connection:
            driver: Any = connection.connection.driver_connection
            if connection.dialect.name == "sqlite":
                explain = f"EXPLAIN QUERY PLAN {statement.sql}"
            else:
                explain = f"EXPLAIN {statement.sql}"
            plan = driver.execute(explain, statement.values).fetchall()
        return set(re.findall(r"\b(?:ix|pk|uq)_\w+", str(plan)))

    def faults(self, statement: Statement, visible: float) -> list[str]:
        """Return what is wrong with the plan of a statement about so many visible todos."""
        with self.app.app_context(), db.engines["reads"].connect() as connection:
            driver: Any = connection.connection.driver_connection
            if connection.dialect.name == "sqlite":
                return list(_faults_on_sqlite(driver, statement))
            return list(_faults_on_postgresql(driver, statement, visible))

    def looks_up_words(self, statement: Statement) -> bool:
        """Tell whether a statement asks the index of words when it runs."""
        with self.app.app_context(), db.engines["reads"].connect() as connection:
            driver: Any = connection.connection.driver_connection
            if connection.dialect.name == "sqlite":
                return _looks_up_words_on_sqlite(driver, statement)
            return any(
                node.get("Index Name") == "ix_todo_search_vector" and node["Actual Loops"]
                for _mode, plan in list(_plans(driver, statement))
                for node in _nodes(plan)
            )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest,
    make_settings: MakeSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """Yield a full service, on each engine in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'plans.db'}"
    else:
        url = postgres.new_database(request.getfixturevalue("postgresql_server"), "plans")
    app, now = create_app(make_settings(database_url=url)), utcnow()
    size = generate.Size(todos=TODOS, users=USERS, lists=LISTS)
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            admin = accounts.create({"username": "admin", "role": "admin"}, at=now)
            wanted = {"name": "plans", "scopes": list(Scope)}
            key = api_keys.issue(None, admin.id, wanted, at=now).secret
            member = generate.make(size, seed=1, at=now, progress=lambda _count: None)
        bulk.settle()
    yield Served(app, member, key)
    with app.app_context():
        forget_connections()


def pages() -> list[Any]:
    """Return the questions that a page of todos answers."""
    return [
        pytest.param(question, id=f"{question.path}{', deep' if question.deep else ''}")
        for question in QUESTIONS
        if question.path.startswith("todos?")
    ]


@pytest.mark.parametrize("question", pages())
def test_a_page_is_found_by_an_index_and_not_by_sorting_all(
    served: Served, question: Question
) -> None:
    statements = served.statements(question)
    assert statements
    visible = TODOS if question.everyone else TODOS * (LISTS / USERS + 1) / LISTS
    for statement in statements:
        faults = served.faults(statement, visible)
        assert not faults, f"{faults}\n{statement.sql}"


#: With what is found by each kind of index.
_FILTERS = ("completed=false", "tags=work", "due=overdue&page_size=5", "q=review%20")


@pytest.mark.parametrize("filters", [*(f"sort={sort}" for sort in SIGNED_SORTS), *_FILTERS])
def test_so_is_a_page_back(served: Served, filters: str) -> None:
    statements = served.statements_back(filters)
    assert statements
    for statement in statements:
        faults = served.faults(statement, TODOS * (LISTS / USERS + 1) / LISTS)
        assert not faults, f"{faults}\n{statement.sql}"


@pytest.mark.parametrize(
    "filters",
    ["tags=tax", "tags=work", "tags=tax&completed=false", "tags=work,tax", "tags=tax&sort=title"],
)
def test_a_page_of_a_tag_is_found_by_its_index(served: Served, filters: str) -> None:
    statements = served.statements(Question(f"todos?{filters}"))
    assert statements
    for statement in statements:
        assert "ix_todo_tag_list_key" in served.indexes(statement), statement.sql


def test_tags_are_told_without_a_look_at_the_todos(served: Served) -> None:
    with read(served.app) as statements:
        assert served.member.get("tags").get_json()["tags"]
    assert any("tag_count" in one.sql for one in statements)
    assert not any(re.search(r"FROM todo\b|todo_tag", one.sql) for one in statements)


@pytest.mark.parametrize("sort", ["-id", "-created_at"])
@pytest.mark.parametrize("more", ["", "&everyone=true"])
def test_a_word_of_many_todos_is_found_without_the_index_of_words(
    served: Served, sort: str, more: str
) -> None:
    path = f"todos?page_size=5&q=review%20&sort={sort}{more}"
    statements = served.statements(Question(path, everyone=bool(more)))
    assert len(statements) == 2
    assert not any(map(served.looks_up_words, statements))
    rare = served.statements(Question(path.replace("review", "absentee"), everyone=bool(more)))
    assert all(map(served.looks_up_words, rare))


@pytest.mark.parametrize("sort", ["-id", "-created_at"])
def test_on_postgresql_it_is_so_behind_all_that_somebody_has_imported(
    served: Served, sort: str
) -> None:
    """It is the last test of the module, since what it imports stays there."""
    operations = [{"op": "create", "todo": {"title": "Buy milk"}}] * BATCH_MAX
    for _ in range(400 // BATCH_MAX):
        assert served.member.post("todos/batch", {"operations": operations}).status_code == 200
    statements = served.statements(Question(f"todos?page_size=5&q=review%20&sort={sort}"))
    # SQLite's index stops early, so that it is no harm to ask it.
    with served.app.app_context():
        is_on_sqlite = reader().dialect.name == "sqlite"
    assert any(map(served.looks_up_words, statements)) == is_on_sqlite


#: `(list_id=? AND due_key>?)`, and the name before it.
_SEARCH = re.compile(r"SEARCH (?:candidate|tagged) USING (?:COVERING )?INDEX (\w+) \((.+)\)")


def _faults_on_sqlite(driver: Any, statement: Statement) -> Iterator[str]:
    """Yield what is wrong with the plan.

    A sort is of a few only if the rows come in its order from every list, when SQLite stops early
    in each, or if an index has picked them by a narrow filter.
    """
    rows = driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values).fetchall()
    sorted_parents = {parent for _id, parent, _, detail in rows if "FOR ORDER BY" in detail}
    order = re.search(r"ORDER BY (?:candidate|tagged)\.\"?(\w+)", statement.sql)
    for _id, parent, _, detail in rows:
        if re.match(r"SCAN (todo|candidate|todo_tag|tagged)\b", detail) and (
            parent in sorted_parents or order is None
        ):
            yield detail
        found = _SEARCH.match(detail)
        if found and order and parent in sorted_parents:
            columns = [row[2] for row in driver.execute(f"PRAGMA index_info({found[1]})")]
            conditions = found[2].split(" AND ")
            equal = sum(condition.endswith("=?") for condition in conditions)
            if columns[equal : equal + 1] != [order[1]] and not (
                found[1] in NARROW and len(conditions) > 1
            ):
                yield f"{detail}: not in the order of {order[1]}"


def _looks_up_words_on_sqlite(driver: Any, statement: Statement) -> bool:
    """Ask for what FTS5 refuses, if it is asked."""
    values = [
        "AND" if str(value).startswith("search_text :") else value for value in statement.values
    ]
    assert "AND" in values
    try:
        driver.execute(statement.sql, values).fetchall()
    except sqlite3.OperationalError as error:
        return "fts5: syntax error" in str(error)
    return False


def _faults_on_postgresql(driver: Any, statement: Statement, visible: float) -> Iterator[str]:
    """Yield what is wrong with the plans, that for these values and that for any."""
    for mode, plan in _plans(driver, statement):
        for fault in _faults_of_node(plan, visible):
            yield f"{mode}: {fault}"


def _plans(driver: Any, statement: Statement) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the plan for these values, and that for any, each with the name of its mode."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        names.append(found[1])
        return f"${len(names)}"

    sql = re.sub(r"%\((\w+)\)s", place, statement.sql).replace("%%", "%")
    values = [statement.values[name] for name in names]
    cursor = psycopg.ClientCursor(driver)
    cursor.execute(f"PREPARE planned AS {sql}".replace("%", "%%"))
    for mode in ("force_custom_plan", "force_generic_plan"):
        cursor.execute(f"SET plan_cache_mode = {mode}")
        marks = f"({', '.join(['%s'] * len(values))})" if values else ""
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE planned{marks}", values)
        document: Any = cursor.fetchone()
        yield mode, document[0][0]["Plan"]
    cursor.execute("DEALLOCATE planned; RESET plan_cache_mode")


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", []):
        yield from _nodes(part)


def _faults_of_node(node: dict[str, Any], visible: float) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in ("todo", "todo_tag"):
        yield f"a scan of {node['Relation Name']}"
    if node.get("Index Name") == "ix_todo_created" and visible < TODOS:
        yield "a walk through everybody's todos"
    parts = node.get("Plans", [])
    if node["Node Type"].endswith("Sort"):
        given = parts[0]["Actual Rows"] * parts[0]["Actual Loops"]
        if given > visible / 2:
            yield f"a sort of {given} by {node['Sort Key']}"
    for part in parts:
        yield from _faults_of_node(part, visible)
