"""A thing to do, and its tags."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS, Versioned, length, one_of
from todoapp.models.user import User

#: Text that sorts by code point on both engines: SQLite's own order, PostgreSQL's "C".
Sortable = Text().with_variant(Text(collation="C"), "postgresql")

#: What partial indexes hold; a select has to say the same to be answered by one.
ASSIGNED = "assigned_to_id IS NOT NULL"
BELOW = "parent_id IS NOT NULL"
TRASHED = "trashed_by IS NOT NULL"
OPEN_AND_LIVE = f"status IN {tuple(map(str, limits.OPEN_STATUSES))} AND deleted_at IS NULL"


class Todo(Versioned, Base):
    """A todo. Its parent is in the same list and its assignee a member: the keys see to it."""

    __tablename__ = "todo"
    __table_args__ = (
        length("title", 1, limits.TITLE_MAX),
        length("description", 0, limits.DESCRIPTION_MAX),
        length("uid", 1, limits.UID_MAX),
        one_of("status", [status.value for status in limits.Status]),
        one_of("priority", [int(priority) for priority in limits.Priority]),
        CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at"),
        CheckConstraint("due_on IS NULL OR due_at IS NULL", name="due_once"),
        CheckConstraint("(due_key IS NULL) = (due_on IS NULL AND due_at IS NULL)", name="due_key"),
        CheckConstraint("(deleted_at IS NULL) = (trashed_by IS NULL)", name="trashed_by"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="own_parent"),
        UniqueConstraint("list_id", "uid"),
        # What the composite foreign key of the subtasks points at.
        UniqueConstraint("id", "list_id"),
        ForeignKeyConstraint(
            ["parent_id", "list_id"], ["todo.id", "todo.list_id"], name="fk_todo_parent"
        ),
        ForeignKeyConstraint(
            ["assigned_to_id", "list_id"],
            ["membership.user_id", "membership.list_id"],
            name="fk_todo_assignee",
        ),
        # Every index that serves a page of todos begins with the list, and ends with what tells
        # the trash apart: a page is found without a look at the rows that are not on it. Those of
        # the usual orders know what filters ask for most often, too.
        Index(
            "ix_todo_list_created",
            *("list_id", "created_at", "id", "deleted_at"),
            *("status", "priority", "due_key", "assigned_to_id", "parent_id"),
        ),
        Index("ix_todo_list_updated", "list_id", "updated_at", "id", "deleted_at"),
        Index("ix_todo_list_due", "list_id", "due_key", "id", "deleted_at", "status"),
        Index("ix_todo_list_priority", "list_id", "priority", "id", "deleted_at", "status"),
        Index("ix_todo_list_title", "list_id", "title_key", "id", "deleted_at"),
        Index("ix_todo_list_completed", "list_id", "completed_at", "id", "deleted_at"),
        Index("ix_todo_list_position", "list_id", "position", "id", "deleted_at"),
        Index("ix_todo_list_id_id", "list_id", "id", "deleted_at"),
        # Of few todos, in the default order. The first two are whole foreign keys as well: a check
        # by half of one would visit the whole list.
        Index(
            "ix_todo_assigned_to_id_list_id",
            *("assigned_to_id", "list_id", "created_at", "id", "deleted_at"),
            sqlite_where=text(ASSIGNED),
            postgresql_where=text(ASSIGNED),
        ),
        Index(
            "ix_todo_parent_id_list_id",
            *("parent_id", "list_id"),
            sqlite_where=text(BELOW),
            postgresql_where=text(BELOW),
        ),
        Index(
            "ix_todo_created_by_id_list_id",
            *("created_by_id", "list_id", "created_at", "id", "deleted_at"),
        ),
        Index("ix_todo_list_status", "list_id", "status", "created_at", "id", "deleted_at"),
        # It also has what its condition says already: SQLite would look at the rows for it.
        Index(
            "ix_todo_list_open_due",
            *("list_id", "due_key", "id", "created_at", "due_on", "due_at"),
            *("status", "deleted_at"),
            sqlite_where=text(OPEN_AND_LIVE),
            postgresql_where=text(OPEN_AND_LIVE),
        ),
        # Everybody's, for an administrator: to merge all lists takes longer the more there are.
        Index("ix_todo_created", "created_at", "id", "deleted_at"),
        Index(
            "ix_todo_trashed_by",
            "trashed_by",
            sqlite_where=text(TRASHED),
            postgresql_where=text(TRASHED),
        ),
        NEVER_REUSE_IDS,
    )

    #: iCalendar's UID; the client may choose it at creation.
    uid: Mapped[str] = mapped_column(String(limits.UID_MAX))
    list_id: Mapped[int] = mapped_column(BigId, ForeignKey("todo_list.id"))
    title: Mapped[str] = mapped_column(String(limits.TITLE_MAX))
    #: The folded title, by which it sorts.
    title_key: Mapped[str] = mapped_column(Sortable)
    #: Markdown.
    description: Mapped[str] = mapped_column(Text, default="")
    #: The folded words of both, by which it is found; see `models.todo_search`.
    search_text: Mapped[str] = mapped_column(Text, server_default="")
    status: Mapped[str] = mapped_column(String(16))
    completed_at: Mapped[datetime | None]
    #: A rank of `limits.Priority`.
    priority: Mapped[int] = mapped_column(SmallInteger)
    #: Due on a day, wherever one is. Either this, or `due_at`, or neither.
    due_on: Mapped[date | None]
    #: Due at an instant.
    due_at: Mapped[datetime | None]
    #: Sorts both: the instant, or the day's 00:00 UTC.
    due_key: Mapped[datetime | None]
    assigned_to_id: Mapped[int | None] = mapped_column(BigId)
    created_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"))
    parent_id: Mapped[int | None] = mapped_column(BigId)
    #: Manual order within the list.
    position: Mapped[float] = mapped_column(Float(53))
    #: In the trash since.
    deleted_at: Mapped[datetime | None]
    #: The operation that trashed it; restoring brings back all that went with it.
    trashed_by: Mapped[str | None] = mapped_column(String(36))

    tag_rows: Mapped[list["TodoTag"]] = relationship(
        order_by="TodoTag.position",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="selectin",
    )
    creator: Mapped[User] = relationship(
        primaryjoin="Todo.created_by_id == User.id", foreign_keys=created_by_id, viewonly=True
    )
    assignee: Mapped[User | None] = relationship(
        primaryjoin="Todo.assigned_to_id == User.id", foreign_keys=assigned_to_id, viewonly=True
    )


class TodoTag(Base):
    """A tag on a todo.

    It knows enough of the todo for one index to find a page by it. The key keeps `list_id` right
    when the todo moves, a trigger `is_live`: see models.tag_count.
    """

    __tablename__ = "todo_tag"
    __table_args__ = (
        length("name", 1, limits.TAG_MAX),
        # The list is the todo's, so this says: each tag once. By it SQLite finds the tags of a todo
        # that moves or goes; by the list alone it would read all tags of the list.
        UniqueConstraint("todo_id", "list_id", "key"),
        ForeignKeyConstraint(
            ["todo_id", "list_id"],
            ["todo.id", "todo.list_id"],
            name="fk_todo_tag_todo",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        Index("ix_todo_tag_list_key", "list_id", "key", "is_live", "created_at", "todo_id"),
        # Kept in the order of the primary key, in which a todo's tags are read.
        {"sqlite_with_rowid": False},
    )

    todo_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    #: Its place among the todo's tags.
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    #: The folded name: two spellings of it are one tag.
    key: Mapped[str] = mapped_column(Text)
    #: As it was written.
    name: Mapped[str] = mapped_column(String(limits.TAG_MAX))
    #: The todo's.
    list_id: Mapped[int] = mapped_column(BigId)
    #: The todo's.
    created_at: Mapped[datetime]
    #: The todo is not in the trash.
    is_live: Mapped[bool] = mapped_column(default=True)
