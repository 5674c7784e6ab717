"""What a retried POST is answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from todoapp.column_types import BigId
from todoapp.db import Base


class IdempotentAnswer(Base):
    """The answer of a POST that carried an Idempotency-Key, kept for a day."""

    __tablename__ = "idempotent_answer"

    #: SHA-256 of the user, the method, the path and the key, in hexadecimal.
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    #: SHA-256 of the query string and the body: what must be the same in a retry.
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    #: The operation in the change log; who no longer sees all of it gets no answer.
    operation_id: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(index=True)
