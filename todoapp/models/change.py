"""The change log: every write, in order."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from todoapp import limits
from todoapp.column_types import BigId
from todoapp.db import Base
from todoapp.models.columns import NEVER_REUSE_IDS

#: What most changes are.
USUAL_ACTIONS = (limits.Action.CREATE, limits.Action.UPDATE)
USUAL_NOUNS = (limits.Noun.TODO,)
PERSONAL = "list_id IS NULL"
UNUSUAL_ACTION = f"action NOT IN {tuple(map(str, USUAL_ACTIONS))}"
UNUSUAL_NOUN = f"noun <> '{USUAL_NOUNS[0]}'"


class Change(Base):
    """One thing that was done to one row.

    It names rows by number without foreign keys: it outlives them.
    """

    __tablename__ = "change"
    __table_args__ = (
        # No CHECK on noun and action: both vocabularies grow with the product.
        Index("ix_change_noun_noun_id_id", "noun", "noun_id", "id"),
        Index("ix_change_list_id_id", "list_id", "id"),
        Index("ix_change_operation_id", "operation_id"),
        # The order in which it is read: ids alone are not in the order of commits.
        Index("ix_change_transaction_id_id", "transaction_id", "id"),
        Index("ix_change_user_id_id", "user_id", "id"),
        Index("ix_change_at_id", "at", "id"),
        # Of few changes: what is written all the time is in none of them.
        Index(
            "ix_change_personal",
            *("user_id", "id"),
            sqlite_where=text(PERSONAL),
            postgresql_where=text(PERSONAL),
        ),
        Index(
            "ix_change_unusual_action",
            *("action", "id"),
            sqlite_where=text(UNUSUAL_ACTION),
            postgresql_where=text(UNUSUAL_ACTION),
        ),
        Index(
            "ix_change_unusual_noun",
            *("noun", "id"),
            sqlite_where=text(UNUSUAL_NOUN),
            postgresql_where=text(UNUSUAL_NOUN),
        ),
        NEVER_REUSE_IDS,
    )

    #: The order of the log.
    id: Mapped[int] = mapped_column(BigId, Identity(), primary_key=True)
    at: Mapped[datetime]
    #: Shared by all that one call did.
    operation_id: Mapped[str] = mapped_column(String(36))
    #: Who; null: the service itself.
    user_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("user_account.id", ondelete="SET NULL")
    )
    #: By which key; null: not by a key.
    api_key_id: Mapped[int | None] = mapped_column(BigId)
    request_id: Mapped[str | None] = mapped_column(String(128))
    #: From where: an IP address in text form; null: not by HTTP.
    address: Mapped[str | None] = mapped_column(String(limits.ADDRESS_MAX))
    user_agent: Mapped[str | None] = mapped_column(String(limits.USER_AGENT_MAX))
    noun: Mapped[str] = mapped_column(String(16))
    noun_id: Mapped[int] = mapped_column(BigId)
    #: The list it happened in, which decides who may see it.
    list_id: Mapped[int | None] = mapped_column(BigId)
    action: Mapped[str] = mapped_column(String(16))
    #: `{field: [old, new]}`, as the API writes them.
    diff: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: PostgreSQL's transaction, so that a reader with a cursor can wait for those under way; 0 on
    #: SQLite, whose writers are serial.
    transaction_id: Mapped[int] = mapped_column(BigInteger)
