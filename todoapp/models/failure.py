"""What went wrong lately."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS


class Failure(Base):
    """An answer that was an error of ours.

    It leads to the line in the log, and holds nothing that a client has sent beside the request's
    id: what an exception says may quote a statement, and that a password.
    """

    __tablename__ = "failure"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(BigId, Identity(), primary_key=True)
    at: Mapped[datetime]
    #: What the error page shows, and the line in the log.
    request_id: Mapped[str] = mapped_column(String(128))
    method: Mapped[str] = mapped_column(String(limits.METHOD_MAX))
    #: The rule of the URL, such as `/api/v1/todos/<id:todo_id>`; null: none fits it.
    route: Mapped[str | None] = mapped_column(String(255))
    status: Mapped[int] = mapped_column(SmallInteger)
    #: The class of the exception, with its module.
    kind: Mapped[str] = mapped_column(String(limits.FAILURE_TEXT_MAX))
    #: Where in our code: `module:line`; null: nowhere.
    place: Mapped[str | None] = mapped_column(String(limits.FAILURE_TEXT_MAX))
    #: Who called; null: not known.
    user_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("user_account.id", ondelete="SET NULL")
    )
