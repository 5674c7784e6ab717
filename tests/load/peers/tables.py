"""The service's tables as SQLAlchemy models, for FastAPI and flask-smorest.

Relationships are loaded by the options of each query, as SQLAlchemy's documents advise for APIs.
"""

import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import DateTime, Engine, ForeignKey, Select, event, func, select
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    joinedload,
    mapped_column,
    registry,
    relationship,
    selectinload,
)
from sqlalchemy.types import TypeDecorator

from tests.load.peers import keys

DATABASE_URL = os.environ["PEERS_DATABASE_URL"]
BASE_URL = os.environ.get("PEERS_BASE_URL", "http://127.0.0.1:8000")
PRIORITIES = {1: "low", 2: "medium", 3: "high", 4: "critical"}
PAGE_SIZE = 50


class Instant(TypeDecorator[datetime]):
    """UTC, aware in Python, where SQLite keeps no timezone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    # A registry given whole: Flask-SQLAlchemy derives a class from this one.
    registry = registry(type_annotation_map={datetime: Instant()})


class User(Base):
    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    is_active: Mapped[bool]


class ApiKey(Base):
    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    public_id: Mapped[str]
    secret_hash: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    def opens_with(self, key: str, at: datetime) -> bool:
        """Tell whether `key` is this one, and counts at the time `at`."""
        if self.revoked_at or (self.expires_at and self.expires_at <= at):
            return False
        return keys.matches(key, self.secret_hash) and self.user.is_active


class TodoList(Base):
    __tablename__ = "todo_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_of: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class Membership(Base):
    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("todo_list.id"), primary_key=True)


class TodoTag(Base):
    __tablename__ = "todo_tag"

    todo_id: Mapped[int] = mapped_column(ForeignKey("todo.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Todo(Base):
    __tablename__ = "todo"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    list_id: Mapped[int] = mapped_column(ForeignKey("todo_list.id"))
    title: Mapped[str]
    title_key: Mapped[str]
    search_text: Mapped[str]
    description: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    completed_at: Mapped[datetime | None]
    priority_rank: Mapped[int] = mapped_column("priority", default=2)
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    parent_id: Mapped[int | None]
    position: Mapped[float]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    tag_rows: Mapped[list[TodoTag]] = relationship(order_by=TodoTag.position)
    creator: Mapped[User] = relationship(foreign_keys=created_by_id)
    assignee: Mapped[User | None] = relationship(foreign_keys=assigned_to_id)

    @property
    def url(self) -> str:
        return f"{BASE_URL}/todos/{self.id}"

    @property
    def completed(self) -> bool:
        return self.status == "completed"

    @property
    def priority(self) -> str:
        return PRIORITIES[self.priority_rank]

    @property
    def tags(self) -> list[str]:
        return [tag.name for tag in self.tag_rows]

    @property
    def due_date(self) -> date | datetime | None:
        return self.due_on or self.due_at

    @property
    def created_by(self) -> str:
        return self.creator.username

    @property
    def assigned_to(self) -> str | None:
        return self.assignee and self.assignee.username


def key_of(key: str) -> Select[tuple[ApiKey]]:
    """Return the select of the key presented, with its owner."""
    found = select(ApiKey).options(joinedload(ApiKey.user))
    return found.where(ApiKey.public_id == keys.public_id(key))


def todos_of(user: User) -> Select[tuple[Todo]]:
    """Return the select of the todos that `user` sees, with all that is shown of them."""
    mine = select(Membership.list_id).where(Membership.user_id == user.id)
    return (
        select(Todo)
        .where(Todo.list_id.in_(mine))
        .options(selectinload(Todo.tag_rows), joinedload(Todo.creator), joinedload(Todo.assignee))
    )


def newest(user: User) -> Select[tuple[Todo]]:
    """Return the select of the first page, and of one todo more: whether there is a next."""
    seen = todos_of(user).where(Todo.deleted_at.is_(None))
    return seen.order_by(Todo.created_at.desc(), Todo.id.desc()).limit(PAGE_SIZE + 1)


def cursor_after(found: Sequence[Todo]) -> str | None:
    """Return where the next page begins, if there is one."""
    if len(found) <= PAGE_SIZE:
        return None
    last = found[PAGE_SIZE - 1]
    return f"{last.created_at.isoformat()}_{last.id}"


def inbox_of(user: User) -> Select[tuple[int]]:
    """Return the select of the id of the list that new todos go to."""
    return select(TodoList.id).where(TodoList.inbox_of == user.id)


def last_position(list_id: int) -> Select[tuple[float | None]]:
    """Return the select of where the last todo of a list is."""
    return select(func.max(Todo.position)).where(Todo.list_id == list_id)


def new_todo(user: User, list_id: int, last: float | None, body: Mapping[str, str]) -> Todo:
    """Return a todo that is not in the database yet, after the last one of its list."""
    now = datetime.now(UTC)
    title, description = body["title"], body["description"]
    return Todo(
        uid=str(uuid.uuid4()),
        list_id=list_id,
        title=title,
        title_key=title.casefold(),
        search_text=f"{title} {description}".casefold(),
        description=description,
        position=(last or 0) + 1,
        creator=user,
        assignee=None,
        tag_rows=[],
        created_at=now,
        updated_at=now,
    )


def set_pragmas(engine: Engine) -> None:
    """Have SQLite put every commit on the disk, as the service does, and wait for its turn."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connect(connection, _record) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
