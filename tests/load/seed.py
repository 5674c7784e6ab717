"""What the service holds while it is measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import flask_migrate
from sqlalchemy import func, insert, select, text

from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, forget_connections, unit_of_work
from todoapp.limits import Priority, Scope, Status
from todoapp.models import Todo, TodoTag
from todoapp.services import accounts, api_keys, lists
from todoapp.settings import Settings
from todoapp.text import fold, search_text

TODOS = 10_000
LISTS = 10
_AT_ONCE = 1000
_TAGS = ("home", "work", "garden")


@dataclass(frozen=True)
class Seeded:
    """What the callers need to know of it."""

    key: str
    #: One of the todos, with tags and a due date.
    todo_id: int
    #: The newest of them: what has a greater id was added while measuring.
    last_id: int


def fill(environ: dict[str, str]) -> Seeded:
    """Migrate an empty database and give one person TODOS todos in LISTS lists."""
    app = create_app(Settings.from_environment(environ))
    now = utcnow()
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            user = accounts.create({"username": "alice"}, at=now)
            scopes = {"name": "bench", "scopes": [Scope.TODOS_READ, Scope.TODOS_WRITE]}
            key = api_keys.issue(None, user.id, scopes, at=now).secret
            owned = [lists.add(None, user.id, {"name": f"List {n}"}, at=now) for n in range(LISTS)]
            _add_todos(user.id, [todo_list.id for todo_list in owned], now)
        seeded = Seeded(key, *_settle())
        forget_connections()
    return seeded


def _add_todos(user_id: int, list_ids: list[int], now: datetime) -> None:
    rows = [_todo(number, user_id, list_ids, now) for number in range(TODOS)]
    for some in _portions(rows):
        db.session.execute(insert(Todo), some)
    due = select(Todo.id, Todo.list_id, Todo.created_at).where(Todo.due_on.is_not(None))
    todos = db.session.execute(due).all()
    for some in _portions([_tag(todo, place) for todo in todos for place in range(2)]):
        db.session.execute(insert(TodoTag), some)


def _todo(number: int, user_id: int, list_ids: list[int], now: datetime) -> dict[str, Any]:
    """Return the columns of one todo; every third is due, and will have two tags."""
    at = now - timedelta(minutes=TODOS - number)
    title = f"Buy {number} litres of milk"
    description = "Semi-skimmed, from the shop at the corner." if number % 2 else ""
    due = (now + timedelta(days=number % 90)).replace(hour=0, minute=0, second=0, microsecond=0)
    is_due = number % 3 == 0
    return {
        "uid": f"bench-{number}",
        "list_id": list_ids[number % len(list_ids)],
        "title": title,
        "title_key": fold(title),
        "description": description,
        "search_text": search_text(title, description),
        "status": Status.PENDING,
        "priority": list(Priority)[number % len(Priority)],
        "due_on": due.date() if is_due else None,
        "due_key": due if is_due else None,
        "created_by_id": user_id,
        "position": float(number + 1),
        "created_at": at,
        "updated_at": at,
        "version": 1,
    }


def _tag(todo: Any, place: int) -> dict[str, Any]:
    name = _TAGS[(todo.id + place) % len(_TAGS)]
    known = {"todo_id": todo.id, "list_id": todo.list_id, "created_at": todo.created_at}
    return {**known, "key": name, "name": name, "position": place}


def _portions(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _settle() -> tuple[int, int]:
    """Return the ids of the todo to read and of the last, with PostgreSQL's tables looked through.

    It would do so by itself after a while, and change its plans in the middle of a run.
    """
    with db.engines[None].connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))
        due = select(func.min(Todo.id)).where(Todo.due_on.is_not(None))
        found = select(due.scalar_subquery(), func.max(Todo.id))
        return connection.execute(found).tuples().one()
