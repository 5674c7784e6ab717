"""Somebody who is logged in, in a browser or with tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS, Identified, one_of


class UserSession(Identified, Base):
    """A login, until it is ended: then the row is gone, and with it all that refers to it."""

    __tablename__ = "user_session"
    __table_args__ = (
        one_of("kind", [kind.value for kind in limits.SessionKind]),
        NEVER_REUSE_IDS,
    )

    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(16))
    #: SHA-256 of what the browser's cookie holds, in hexadecimal; null: a session of tokens.
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    #: How often it was renewed: only the newest refresh token has this number.
    generation: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    last_seen_at: Mapped[datetime]
    #: The absolute end, however busy the session is.
    expires_at: Mapped[datetime]
    #: Where it was opened from: an IP address in text form.
    address: Mapped[str | None] = mapped_column(String(limits.ADDRESS_MAX))
    user_agent: Mapped[str | None] = mapped_column(String(limits.USER_AGENT_MAX))
