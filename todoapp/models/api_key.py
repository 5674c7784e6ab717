"""A key that a program calls with."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS, Versioned, length


class ApiKey(Versioned, Base):
    """Acts as its owner, within its scopes."""

    __tablename__ = "api_key"
    __table_args__ = (
        length("name", 1, limits.KEY_NAME_MAX),
        length("row_filter", 1, limits.FILTER_MAX),
        NEVER_REUSE_IDS,
    )

    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(limits.KEY_NAME_MAX))
    #: The eight characters by which it is found and recognised.
    public_id: Mapped[str] = mapped_column(String(8), unique=True)
    #: SHA-256 of the whole key, in hexadecimal; the key itself is not kept.
    secret_hash: Mapped[str] = mapped_column(String(64))
    #: With single spaces between, as in OAuth.
    scopes: Mapped[str] = mapped_column(String(255))
    #: It sees only the lists that ApiKeyList names, however few are left of them.
    is_limited: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Of the todos there it sees those that this text of the filter language selects; null: all.
    row_filter: Mapped[str | None] = mapped_column(String(limits.FILTER_MAX))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: To the minute; a minute may be lost in a crash.
    last_used_at: Mapped[datetime | None]


class ApiKeyList(Base):
    """A list that a limited key sees, as long as its owner does."""

    __tablename__ = "api_key_list"

    api_key_id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("api_key.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    list_id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("todo_list.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
