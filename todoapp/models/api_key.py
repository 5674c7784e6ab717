"""A key that a program calls with."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.db import Base, BigId
from todoapp.models.columns import NEVER_REUSE_IDS, Versioned, length


class ApiKey(Versioned, Base):
    """Acts as its owner, within its scopes."""

    __tablename__ = "api_key"
    __table_args__ = (length("name", 1, limits.KEY_NAME_MAX), NEVER_REUSE_IDS)

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
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: To the minute; a minute may be lost in a crash.
    last_used_at: Mapped[datetime | None]
