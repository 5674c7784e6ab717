"""What is remembered of attempts to log in."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from todoapp.db import Base


class LoginAttempt(Base):
    """An attempt, under one of the keys that it counts under; see `services.throttle`."""

    __tablename__ = "login_attempt"

    #: HMAC of the name that was typed, or of the address, in hexadecimal.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: Tells it from others under the key.
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    #: Until then it counts.
    ends_at: Mapped[datetime] = mapped_column(index=True)
