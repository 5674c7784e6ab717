"""Who may see a list, and what they may do there."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import one_of


class Membership(Base):
    """One person in one list. The owner has one too, so that one look-up answers "may I?"."""

    __tablename__ = "membership"
    __table_args__ = (
        one_of("role", [role.value for role in limits.ListRole]),
        Index(
            "uq_membership_owner",
            "list_id",
            unique=True,
            sqlite_where=text("role = 'owner'"),
            postgresql_where=text("role = 'owner'"),
        ),
        Index("ix_membership_list_id_user_id", "list_id", "user_id", unique=True),
    )

    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id"), primary_key=True, autoincrement=False
    )
    list_id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("todo_list.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
