"""What logs somebody in once who has lost their authenticator."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from todoapp.column_types import BigId
from todoapp.db import Base


class RecoveryCode(Base):
    """One of a person's codes; a used one stays, until there are new ones."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    #: SHA-256 of the code, in hexadecimal.
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None]
