"""A person, or the guest."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS, Versioned, length, one_of


class User(Versioned, Base):
    """Somebody who can own and do things."""

    # "user" is a reserved word that PostgreSQL reads as a function: SELECT * FROM user works and
    # means something else.
    __tablename__ = "user_account"
    __table_args__ = (
        one_of("role", [role.value for role in limits.UserRole]),
        length("username", 1, limits.USERNAME_MAX),
        NEVER_REUSE_IDS,
    )

    #: Lower case, never changed: it appears in URLs and in the change log.
    username: Mapped[str] = mapped_column(String(limits.USERNAME_MAX), unique=True)
    email: Mapped[str | None] = mapped_column(String(limits.EMAIL_MAX), unique=True)
    role: Mapped[str] = mapped_column(String(16), default=limits.UserRole.MEMBER)
    #: An IANA name; decides when "today" is.
    timezone: Mapped[str] = mapped_column(String(limits.TIMEZONE_MAX), default="UTC")
    #: Argon2id in PHC form; null: cannot log in with a password.
    password_hash: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    last_seen_at: Mapped[datetime | None]
