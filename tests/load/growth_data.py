"""The databases that growth is measured on: made once, kept where the caller wants them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import flask_migrate

from tests.support import postgres
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import forget_connections, unit_of_work
from todoapp.limits import Scope, UserRole
from todoapp.services import accounts, api_keys, bulk, generate
from todoapp.settings import Settings

USERS, LISTS = 50, 2_000


@dataclass(frozen=True)
class Keys:
    """Who calls."""

    member: str
    admin: str


@dataclass(frozen=True)
class Data:
    """A database full of todos, and what a server needs to serve it."""

    todos: int
    environ: dict[str, str]
    keys: Keys


@contextmanager
def databases(engine: str, folder: Path, sizes: tuple[int, ...]) -> Iterator[list[Data]]:
    """Yield a database of each size, from `folder` where it was made before."""
    if engine == "sqlite":
        yield [_database(folder / f"sqlite-{todos}", todos) for todos in sizes]
        return
    with postgres.server(folder / "postgresql") as url:
        yield [_database(folder / f"postgresql-{todos}", todos, url) for todos in sizes]


def _database(folder: Path, todos: int, server: str | None = None) -> Data:
    folder.mkdir(parents=True, exist_ok=True)
    environ = {"TODOAPP_RATE_LIMIT": "100000000/60", "TODOAPP_DATA_DIR": str(folder)}
    kept = folder / "keys.json"
    if server is not None:
        name = f"growth_{todos}"
        environ["TODOAPP_DATABASE_URL"] = (
            server.replace("/postgres?", f"/{name}?")
            if kept.exists()
            else postgres.new_database(server, name)
        )
    if not kept.exists():
        print(f"Making {todos:,} todos …", flush=True)
        kept.write_text(json.dumps(asdict(_fill(environ, todos))))
    return Data(todos, environ, Keys(**json.loads(kept.read_text())))


def _fill(environ: dict[str, str], todos: int) -> Keys:
    app, now = create_app(Settings.from_environment(environ)), utcnow()
    size = generate.Size(todos=todos, users=USERS, lists=LISTS)
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            admin = accounts.create({"username": "admin", "role": UserRole.ADMIN}, at=now)
            wanted = {"name": "growth", "scopes": list(Scope)}
            admins = api_keys.issue(None, admin.id, wanted, at=now).secret
            member = generate.make(size, seed=1, at=now, progress=lambda _count: None)
        bulk.settle()
        forget_connections()
    return Keys(member, admins)
