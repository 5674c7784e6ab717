"""The schema's history: up and down on both engines, equal to the models, and losing nothing."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from migrations.rebuild import rebuild
from tests.conftest import MakeSettings
from tests.support import counts, serve
from todoapp import engines
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import Base, db, forget_connections, unit_of_work
from todoapp.models import Todo
from todoapp.schemas.todo import TodoQuery
from todoapp.services import accounts, lists, todo_pages, todos, trash
from todoapp.services.preconditions import UNCONDITIONAL
from todoapp.settings import ROOT

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


@pytest.fixture
def empty(make_settings: MakeSettings, empty_database_url: str) -> Iterator[Flask]:
    """The service on a database of the test's own that was never migrated."""
    app = create_app(make_settings(database_url=empty_database_url))
    yield app
    with app.app_context():
        forget_connections()


@pytest.fixture
def migrated(empty: Flask) -> Flask:
    with empty.app_context():
        flask_migrate.upgrade()
    return empty


@pytest.fixture
def filled(migrated: Flask) -> Flask:
    """A service with something in every table that has children."""
    with migrated.app_context(), unit_of_work():
        now = utcnow()
        accounts.create({"username": "alice", "email": "alice@example.com"}, at=now)
        actor = accounts.acting("alice")
        other = lists.create(actor, {"name": "Groceries"}, at=now)
        parent = todos.create(actor, {"title": "parent", "tags": ["A", "b"]}, at=now)
        todos.create(actor, {"title": "child", "parent_id": parent.id}, at=now)
        todos.create(actor, {"title": "far", "list_id": other, "due_date": "2030-01-01"}, at=now)
    return migrated


def writes(app: Flask) -> Engine:
    with app.app_context():
        return db.engines[None]


def reads(app: Flask) -> Engine:
    with app.app_context():
        return db.engines["reads"]


def schema(connection: Connection) -> dict[str, Any]:
    """Return all that the database says of its tables, in an order that does not vary."""
    seen = inspect(connection)
    tables = {table.name: _table(seen, table.name) for table in Base.metadata.sorted_tables}
    counting = {"ids never given out again": _counting(connection)}
    return tables | counting | {"search": _search(connection), "triggers": _triggers(connection)}


def _table(seen: Any, name: str) -> dict[str, Any]:
    return {
        "columns": sorted(told({**c, "type": repr(c["type"])}) for c in seen.get_columns(name)),
        "primary key": told(seen.get_pk_constraint(name)),
        "foreign keys": sorted(map(told, seen.get_foreign_keys(name))),
        "unique": sorted(map(told, seen.get_unique_constraints(name))),
        "checks": sorted(map(told, seen.get_check_constraints(name))),
        "indexes": sorted(map(told, seen.get_indexes(name))),
    }


def told(value: Any) -> str:
    """Return what was reflected as text, the conditions of partial indexes included."""
    if isinstance(value, dict):
        return str(sorted((key, told(below)) for key, below in value.items()))
    if isinstance(value, list | tuple):
        return str([told(below) for below in value])
    return str(value)


def _counting(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
    else:
        query = "SELECT table_name FROM information_schema.columns WHERE is_identity = 'YES'"
    return sorted(connection.scalars(text(query)))


def _search(connection: Connection) -> list[Any]:
    """Return what todos are found by words with, which SQLAlchemy does not reflect whole."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE name LIKE 'todo_search%' ORDER BY name"
    else:
        query = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE '%search%'"
    return list(map(tuple, connection.execute(text(query))))


def _triggers(connection: Connection) -> list[Any]:
    """Return what runs along with a write, which SQLAlchemy does not reflect."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    else:
        query = (
            "SELECT tgname, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger"
            " WHERE NOT tgisinternal ORDER BY tgname"
        )
    return list(map(tuple, connection.execute(text(query))))


def schema_of(app: Flask) -> dict[str, Any]:
    with reads(app).connect() as connection:
        return schema(connection)


def rows(app: Flask) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with reads(app).connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_the_models_equal_the_migrations(migrated: Flask) -> None:
    by_migrations = schema_of(migrated)
    with writes(migrated).begin() as connection:
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
    by_models = schema_of(migrated)
    for name, described in by_models.items():
        assert by_migrations[name] == described, name
    assert by_models["todo"]["checks"]  # the comparison saw something
    assert by_models["search"]
    assert by_models["triggers"]


def test_nothing_is_left_to_migrate(migrated: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    with migrated.app_context():
        flask_migrate.migrate(directory=str(folder), rev_id="9999")
    (written,) = (folder / "versions").glob("9999*")
    assert "op." not in written.read_text()


def test_down_and_up_again_is_the_same(filled: Flask) -> None:
    before = schema_of(filled)
    with filled.app_context():
        flask_migrate.downgrade(revision="base")
        with reads(filled).connect() as connection:
            assert inspect(connection).get_table_names() == ["alembic_version"]
        flask_migrate.upgrade()
    assert schema_of(filled) == before


def test_to_upgrade_again_keeps_every_row(filled: Flask) -> None:
    before = rows(filled)
    with filled.app_context():
        flask_migrate.upgrade()
    assert rows(filled) == before
    assert len(before["todo"]) == 3


def found(app: Flask, q: str) -> list[str]:
    """Return the titles of what alice finds, the newest first."""
    with app.app_context():
        actor = accounts.acting("alice")
        query = TodoQuery.parse_query({"q": [q]})
        return [row[4] for row in todo_pages.page(actor, query, None, now=utcnow()).rows]


#: Texts in many scripts, with something to fold in each.
TEXTS = (
    "Straße: don't",
    "ＣＡＦＥ-Café_Été",
    "東京都に行く🎉",
    "한국어",
    "हिन्दी ทดสอบ",
    "ﷺ ½ 10² " + "x" * 99,
)


def test_todos_of_before_the_search_are_found(filled: Flask) -> None:
    with filled.app_context(), unit_of_work():
        actor = accounts.acting("alice")
        for words in TEXTS:
            todos.create(actor, {"title": words, "description": words[::-1]}, at=utcnow())
        folded = dict(db.session.execute(select(Todo.id, Todo.search_text)).tuples().all())
    with filled.app_context():
        flask_migrate.downgrade(revision="0004")
        flask_migrate.upgrade()
        assert dict(db.session.execute(select(Todo.id, Todo.search_text)).tuples().all()) == folded
    assert found(filled, "child") == ["child"]
    assert found(filled, "dont") == []
    for words in TEXTS:
        assert found(filled, words) == [words]


def test_words_of_titles_can_be_told_apart_and_put_together(filled: Flask) -> None:
    with filled.app_context(), unit_of_work():
        actor = accounts.acting("alice")
        body = {"title": "Buy: Oat-milk", "description": "Café\n& more"}
        todo_id = todos.create(actor, body, at=utcnow()).id
    asked = select(Todo.search_text).where(Todo.id == todo_id)
    with filled.app_context():
        assert db.session.scalar(asked) == " buy oat milk \n cafe more "
        flask_migrate.downgrade(revision="0008")
        assert db.session.scalar(asked) == "buy oat milk cafe more"
        flask_migrate.upgrade()
        assert db.session.scalar(asked) == " buy oat milk \n cafe more "
    assert found(filled, '"milk cafe"') == ["Buy: Oat-milk"]


def test_tags_of_before_their_counts_are_counted(filled: Flask) -> None:
    with filled.app_context(), unit_of_work():
        actor = accounts.acting("alice")
        for tags in (["a", "c"], ["C"]):
            todo_id = todos.create(actor, {"title": "more", "tags": tags}, at=utcnow()).id
        trash.trash(actor, todo_id, UNCONDITIONAL, at=utcnow())
    before = rows(filled)
    with filled.app_context():
        flask_migrate.downgrade(revision="0013")
        flask_migrate.upgrade()
    after = rows(filled)
    assert after["todo_tag"] == before["todo_tag"]
    assert len(after["tag_count"]) == len(before["tag_count"]) == 4
    counts.are_right(filled)


def test_many_todos_are_folded_in_portions(filled: Flask) -> None:
    with filled.app_context():
        flask_migrate.downgrade(revision="0004")
    with writes(filled).begin() as connection:
        row = connection.execute(text("SELECT * FROM todo WHERE title = 'parent'")).mappings().one()
        names = [name for name in row if name not in ("id", "search_text")]
        values = ", ".join(f":{name}" for name in names)
        insert = text(f"INSERT INTO todo ({', '.join(names)}) VALUES ({values})")
        many = [{**row, "uid": str(n), "title": f"many {n}"} for n in range(2000)]
        connection.execute(insert, [{name: r[name] for name in names} for r in many])
    with filled.app_context():
        flask_migrate.upgrade()
    for number in (0, 999, 1000, 1999):
        assert found(filled, f'"many {number}"') == [f"many {number}"]


def test_there_is_one_head(migrated: Flask) -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert len(scripts.get_heads()) == 1
    with reads(migrated).connect() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
    assert present == tuple(scripts.get_heads())


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_imports_nothing_that_changes_later(path: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else _names(node))
    }
    assert not {name for name in imported if name and name.split(".")[0] == "todoapp"}
    assert "batch_alter_table" not in path.read_text(), "use migrations.rebuild"
    assert re.fullmatch(r"\d{4}_[a-z0-9_]+", path.stem)


def _names(node: ast.Import) -> list[str]:
    return [alias.name for alias in node.names]


def test_migrators_at_once_take_turns(empty: Flask, tmp_path: Path) -> None:
    settings = empty.config["SETTINGS"]
    env = serve.environment(tmp_path, database_url=settings.database_url)
    running = [serve.start("flask", "db", "upgrade", env=env) for _ in range(3)]
    for process in running:
        _, told = process.communicate(timeout=serve.PATIENCE)
        assert process.returncode == 0, told
    assert rows(empty)["todo"] == []
    assert empty.test_client().get("/readyz").status_code == 200


#: PostgreSQL alters tables as they are.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def sqlite_file(filled: Flask) -> Iterator[Connection]:
    """A connection as env.py makes it: foreign keys off, in a transaction."""
    settings = filled.config["SETTINGS"]
    engine = create_engine(settings.url, **engines.options(settings, writes=True))
    engines.prepare(engine, settings, writes=True)
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore
        yield connection
    engine.dispose()


def operations(connection: Connection) -> Operations:
    return Operations(MigrationContext.configure(connection))


TRIGGERS = (
    "CREATE TABLE log (of INTEGER)",
    "CREATE TRIGGER own AFTER UPDATE ON todo BEGIN INSERT INTO log VALUES (new.id); END",
    "CREATE TRIGGER foreign_one AFTER INSERT ON log"
    " BEGIN UPDATE todo SET title = 'seen' WHERE id = new.of; END",
    "CREATE VIEW titles AS SELECT title FROM todo",
)


def kept(connection: Connection) -> dict[str, Any]:
    """Return what a rebuild must not lose."""
    master = "SELECT name, tbl_name FROM sqlite_master ORDER BY name"
    sequence = "SELECT name, seq FROM sqlite_sequence ORDER BY name"
    return {
        "rows": {t.name: connection.execute(t.select()).all() for t in Base.metadata.sorted_tables},
        "schema": connection.execute(text(master)).all(),
        "sequences": connection.execute(text(sequence)).all(),
    }


@on_sqlite
@pytest.mark.parametrize("table", ["todo", "todo_list", "user_account", "membership", "change"])
def test_a_rebuild_loses_nothing(sqlite_file: Connection, table: str) -> None:
    for statement in TRIGGERS:
        sqlite_file.execute(text(statement))
    sqlite_file.execute(text("UPDATE sqlite_sequence SET seq = 4711"))  # as if rows were deleted
    before, shape = kept(sqlite_file), schema(sqlite_file)
    with rebuild(operations(sqlite_file), table):
        pass
    assert kept(sqlite_file) == before
    assert schema(sqlite_file) == shape
    assert sqlite_file.execute(text("PRAGMA foreign_key_check")).all() == []


@on_sqlite
def test_what_was_rebuilt_works_as_before(sqlite_file: Connection, filled: Flask) -> None:
    for statement in TRIGGERS[:2]:
        sqlite_file.execute(text(statement))
    sqlite_file.execute(text("UPDATE sqlite_sequence SET seq = 4711 WHERE name = 'todo'"))
    with rebuild(operations(sqlite_file), "todo"):
        pass
    sqlite_file.commit()
    sqlite_file.close()  # which gives the turn to the next writer
    with filled.app_context(), unit_of_work():
        actor = accounts.acting("alice")
        assert todos.create(actor, {"title": "new"}, at=utcnow()).id == 4712
    with writes(filled).connect() as connection:
        connection.execute(text("UPDATE todo SET title = 'x' WHERE id = 4712"))
        assert connection.scalars(text("SELECT of FROM log")).all() == [4712]
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            connection.execute(text("UPDATE todo SET parent_id = 99 WHERE id = 4712"))
        with pytest.raises(IntegrityError, match="ck_todo_status"):
            connection.execute(text("UPDATE todo SET status = 'x' WHERE id = 4712"))


@on_sqlite
def test_todos_are_found_after_a_rebuild(sqlite_file: Connection, filled: Flask) -> None:
    with rebuild(operations(sqlite_file), "todo"):
        pass
    sqlite_file.execute(text("INSERT INTO todo_search (todo_search) VALUES ('integrity-check')"))
    sqlite_file.commit()
    sqlite_file.close()
    assert found(filled, "par") == ["parent"]
    with filled.app_context(), unit_of_work():
        actor = accounts.acting("alice")
        added = todos.create(actor, {"title": "part"}, at=utcnow()).id
    assert found(filled, "par") == ["part", "parent"]
    with filled.app_context(), unit_of_work():
        trash.purge(actor, added, UNCONDITIONAL, at=utcnow())
    assert found(filled, "par") == ["parent"]


@on_sqlite
def test_a_rebuild_of_an_emptied_table_keeps_its_sequence(sqlite_file: Connection) -> None:
    sqlite_file.execute(text("DELETE FROM change"))
    before = kept(sqlite_file)["sequences"]
    with rebuild(operations(sqlite_file), "change"):
        pass
    assert kept(sqlite_file)["sequences"] == before
    assert dict(before)["change"] > 0


@on_sqlite
def test_a_rebuild_with_foreign_keys_on_is_refused(sqlite_file: Connection) -> None:
    sqlite_file.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore
    with (
        pytest.raises(RuntimeError, match="foreign keys"),
        rebuild(operations(sqlite_file), "todo"),
    ):
        pass


ADD = """
    with rebuild(op, "todo") as batch:
        batch.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
"""
BREAK = """
    op.execute("DELETE FROM user_account")
"""


@pytest.fixture
def next_migration(empty: Flask, tmp_path: Path) -> Callable[[str], str]:
    """Return a function that adds a migration to a copy of ours and names the copy's folder."""

    def add(body: str) -> str:
        folder = tmp_path / "migrations"
        shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
        head = VERSIONS[-1].stem[:4]
        (folder / "versions" / "9999_next.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            "from migrations.rebuild import rebuild\n"
            f"revision, down_revision = '9999', {head!r}\n"
            f"def upgrade():{body}\ndef downgrade():\n    pass\n"
        )
        return str(folder)

    return add


def test_a_later_migration_keeps_every_row(
    filled: Flask, next_migration: Callable[[str], str]
) -> None:
    before = rows(filled)
    with filled.app_context():
        flask_migrate.upgrade(directory=next_migration(ADD))
    assert rows(filled) == before
    with reads(filled).connect() as connection:
        assert connection.scalars(text("SELECT note FROM todo")).all() == [""] * 3


def test_a_migration_that_breaks_references_is_undone(
    filled: Flask, next_migration: Callable[[str], str]
) -> None:
    before = rows(filled)
    with filled.app_context(), pytest.raises((SystemExit, IntegrityError)):
        flask_migrate.upgrade(directory=next_migration(BREAK))
    assert rows(filled) == before
    assert filled.test_client().get("/readyz").status_code == 200
