"""A browser that is logged in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from todoapp.db import Base, BigId
from todoapp.models.columns import NEVER_REUSE_IDS, Identified


class UserSession(Identified, Base):
    """A login; the cookie holds a random token of which only the hash is kept."""

    __tablename__ = "user_session"
    __table_args__ = (NEVER_REUSE_IDS,)

    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    #: SHA-256 of the token, in hexadecimal.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    last_seen_at: Mapped[datetime]
    #: The absolute end, however busy the session is.
    expires_at: Mapped[datetime]
    #: Where it was opened from: an IP address in text form.
    address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(255))
