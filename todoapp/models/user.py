"""A person, or the guest."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text, false
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
    #: Somebody else set the password: another one is due before anything else.
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: An administrator demands the second factor.
    two_factor_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: From this and the service's secret key the secret of the authenticator is made, so that the
    #: database alone gives no codes; null: none was ever made.
    totp_salt: Mapped[str | None] = mapped_column(String(32))
    #: Since when codes are demanded; null: not, or not yet.
    totp_enabled_at: Mapped[datetime | None]
    #: The time step of the last code that was accepted: no code is accepted twice.
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    is_active: Mapped[bool] = mapped_column(default=True)
    last_seen_at: Mapped[datetime | None]
    #: The row stays, since the change log and todos name it.
    deleted_at: Mapped[datetime | None]
