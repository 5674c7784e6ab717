"""The people of the load scenario: many todos, and who reads and writes them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import flask_migrate
from sqlalchemy import select

from tests.load.databases import database
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections, unit_of_work
from todoapp.limits import Scope
from todoapp.models import User
from todoapp.services import api_keys, bulk, generate, passwords
from todoapp.settings import Settings

PEOPLE, LISTS = 50, 2_000
_PASSWORD = "purple teapot 9 sings"


class Crowd(NamedTuple):
    """An installation full of todos, and the file that says who is there."""

    folder: Path
    environ: dict[str, str]
    people: Path


@contextmanager
def crowd(engine: str, todos: int) -> Iterator[Crowd]:
    """Yield one on `engine`, with so many todos, in a folder that is removed afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="todoapp-load-")))
        environ = {
            "TODOAPP_RATE_LIMIT": "100000000/60",  # on, and in nobody's way
            "TODOAPP_DATA_DIR": str(folder),
            "TODOAPP_DATABASE_URL": stack.enter_context(database(engine, folder)),
        }
        people = folder / "people.json"
        people.write_text(json.dumps(_fill(environ, todos)))
        yield Crowd(folder, environ, people)


def _fill(environ: dict[str, str], todos: int) -> list[dict[str, str]]:
    app, now = create_app(Settings.from_environment(environ)), utcnow()
    size = generate.Size(todos=todos, users=PEOPLE, lists=LISTS)
    hashed = passwords.hash(_PASSWORD)  # one for all: to hash takes its time
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            generate.make(size, seed=1, at=now, progress=lambda _count: None)
        bulk.settle()
        with unit_of_work():
            people = [_let_in(user, hashed) for user in db.session.scalars(select(User))]
        forget_connections()
    return people


def _let_in(user: User, hashed: str) -> dict[str, str]:
    user.password_hash = hashed
    wanted = {"name": "load", "scopes": [Scope.TODOS_READ, Scope.TODOS_WRITE]}
    key = api_keys.issue(None, user.id, wanted, at=utcnow()).secret
    return {"username": user.username, "key": key, "password": _PASSWORD}
