"""The stage: an empty, migrated service on each engine, and a cast of people to call it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from tests.support import postgres
from tests.support.api import Api
from todoapp import engines
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import Base, db, forget_connections, unit_of_work, writer
from todoapp.limits import ListRole
from todoapp.models import Membership
from todoapp.services import accounts, api_keys
from todoapp.settings import Settings

#: Argon2 is slow on purpose; nobody in the cast logs in.
ALL_SCOPES = ["todos:read", "todos:write", "account"]

MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """The tests do not depend on how the shell is set up."""
    for name in [name for name in os.environ if name.startswith("TODOAPP_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def make_settings(tmp_path_factory: pytest.TempPathFactory) -> MakeSettings:
    """Return a function that makes settings for a folder of their own."""

    def make(**chosen: str) -> Settings:
        environ = {
            "TODOAPP_DATA_DIR": str(tmp_path_factory.mktemp("data")),
            "TODOAPP_SQLITE_SYNCHRONOUS": "normal",
            "TODOAPP_RATE_LIMIT": "100000000/60",  # on, and in nobody's way
            **{f"TODOAPP_{name.upper()}": value for name, value in chosen.items()},
        }
        return Settings.from_environment(environ)

    return make


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'test.db'}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> str:
    return postgres.new_database(postgresql_server, "test")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of the shared, migrated-once database of each engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """Return the URL of a database of this test's own, without a single table."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'own.db'}"
    return postgres.new_database(request.getfixturevalue("postgresql_server"), "own")


@pytest.fixture(scope="session")
def apps(make_settings: MakeSettings) -> Iterator[Callable[[str], Flask]]:
    """Yield a function that gives the one application on a database, migrated."""
    made: dict[str, Flask] = {}

    def get(url: str) -> Flask:
        if url not in made:
            app = made[url] = create_app(make_settings(database_url=url))
            app.extensions["rate_limits"].failures.most = 100_000_000  # they fail all the time
            with app.app_context():
                flask_migrate.upgrade()
        return made[url]

    yield get
    for app in made.values():
        with app.app_context():
            forget_connections()


@pytest.fixture
def app(database_url: str, apps: Callable[[str], Flask]) -> Flask:
    """Return the service, on each engine in turn, with nothing in it."""
    app = apps(database_url)
    with app.app_context(), unit_of_work():
        for table in reversed(Base.metadata.sorted_tables):
            writer().exec_driver_sql(f'DELETE FROM "{table.name}"')
    return app


@pytest.fixture
def configured(
    app: Flask, database_url: str, make_settings: MakeSettings
) -> Iterator[Callable[..., Flask]]:
    """Return a function that makes an application with other settings on the database of `app`."""
    made: list[Flask] = []

    def make(**chosen: str) -> Flask:
        secret = app.config["SETTINGS"].secret_key
        settings = make_settings(database_url=database_url, secret_key=secret, **chosen)
        made.append(create_app(settings))
        return made[-1]

    yield make
    for one in made:
        with one.app_context():
            forget_connections()


@pytest.fixture
def person(app: Flask) -> Callable[..., Api]:
    """Return a function that makes a person with a key."""

    def make(username: str, scopes: list[str] | None = None, **values: str) -> Api:
        with app.app_context(), unit_of_work():
            user = accounts.create({"username": username, **values}, at=utcnow())
            wanted = {"name": f"{username}'s key", "scopes": scopes or ALL_SCOPES}
            made = api_keys.issue(None, user.id, wanted, at=utcnow())
        with app.app_context():
            actor = accounts.acting(username)
        return Api(app, made.secret, actor)

    return make


@pytest.fixture
def alice(person: Callable[..., Api]) -> Api:
    """The one who owns things."""
    return person("alice")


@pytest.fixture
def bob(person: Callable[..., Api]) -> Api:
    """The one who is let in."""
    return person("bob")


@pytest.fixture
def carol(person: Callable[..., Api]) -> Api:
    """The stranger."""
    return person("carol")


@pytest.fixture
def rival(alice: Api, postgresql_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody with a transaction of their own in the database that `alice` uses."""
    if alice.app.config["SETTINGS"].is_sqlite:
        pytest.skip("SQLite's writers are serial")
    with psycopg.connect(postgresql_url) as connection:
        yield connection


@pytest.fixture
def share(app: Flask) -> Callable[[int, Api, str], None]:
    """Return a function that lets somebody into a list."""

    def let_in(list_id: int, who: Api, role: str = ListRole.EDITOR) -> None:
        assert who.actor
        with app.app_context(), unit_of_work():
            db.session.add(
                Membership(
                    user_id=who.actor.user_id, list_id=list_id, role=role, created_at=utcnow()
                )
            )

    return let_in


@pytest.fixture
def sqlite_settings(make_settings: MakeSettings) -> Settings:
    return make_settings(database_timeout="1", sqlite_synchronous="full")


@pytest.fixture
def writes(sqlite_settings: Settings) -> Iterator[Engine]:
    engine = opened(sqlite_settings, writes=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


@pytest.fixture
def reads(sqlite_settings: Settings, writes: Engine) -> Iterator[Engine]:
    engine = opened(sqlite_settings, writes=False)
    yield engine
    engine.dispose()


def opened(settings: Settings, *, writes: bool) -> Engine:
    """Return an engine as the service opens it."""
    engine = create_engine(settings.url, **engines.options(settings, writes=writes))
    engines.prepare(engine, settings, writes=writes)
    return engine
