"""Statements that SQLAlchemy has no words for, and that make the tables along with it."""

from sqlalchemy import DDL, event

from todoapp.db import Base


def attach(dialect: str, statements: tuple[str, ...], moment: str) -> None:
    """Run `statements`, on the one dialect, when all tables are made or dropped."""
    for statement in statements:
        made: DDL = DDL(statement)  # type: ignore[no-untyped-call]
        event.listen(Base.metadata, moment, made.execute_if(dialect=dialect))
