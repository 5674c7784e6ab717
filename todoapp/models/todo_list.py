"""A list of todos."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS, Versioned, length


class TodoList(Versioned, Base):
    """Who may see it is said by its memberships, its owner's included."""

    __tablename__ = "todo_list"
    __table_args__ = (
        length("name", 1, limits.LIST_NAME_MAX),
        length("description", 0, limits.LIST_DESCRIPTION_MAX),
        CheckConstraint(
            "inbox_of IS NULL OR (NOT is_archived AND deleted_at IS NULL)", name="inbox_stays"
        ),
        CheckConstraint("(deleted_at IS NULL) = (trashed_by IS NULL)", name="trashed_by"),
        NEVER_REUSE_IDS,
    )

    name: Mapped[str] = mapped_column(String(limits.LIST_NAME_MAX))
    description: Mapped[str] = mapped_column(Text, default="")
    #: `#rrggbb`
    color: Mapped[str | None] = mapped_column(String(7))
    #: Its place among its owner's lists.
    position: Mapped[float] = mapped_column(Float(53))
    #: The person whose Inbox this is; null for every other list.
    inbox_of: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"), unique=True)
    is_archived: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]
    #: The operation that trashed it.
    trashed_by: Mapped[str | None] = mapped_column(String(36))
