"""A saved view of todos."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS, Versioned, length
from todoapp.models.todo import Sortable


class View(Versioned, Base):
    """A filter and a sort with a name, one person's own or a list's."""

    __tablename__ = "saved_view"  # `view` is a word of SQL
    __table_args__ = (
        length("name", 1, limits.VIEW_NAME_MAX),
        length("filter", 0, limits.FILTER_MAX),
        Index("ix_saved_view_user_id_list_id", "user_id", "list_id"),
        Index("ix_saved_view_list_id", "list_id"),
        NEVER_REUSE_IDS,
    )

    #: Who made it.
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id", ondelete="CASCADE"))
    #: The list whose members it is for; null: it is for its maker alone.
    list_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("todo_list.id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(String(limits.VIEW_NAME_MAX))
    #: The folded name, by which it sorts.
    name_key: Mapped[str] = mapped_column(Sortable)
    #: In the filter language; empty: every todo.
    filter: Mapped[str] = mapped_column(Text, default="")
    #: As GET /todos takes it.
    sort: Mapped[str] = mapped_column(String(16))
