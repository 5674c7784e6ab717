"""What the database holds, whole: to find out what a call has changed, or left there."""

from typing import Any

from flask import Flask

from todoapp.db import Base, db

#: Columns that say when somebody was last here; looking at something moves them.
LAST_USE = {"last_used_at", "last_seen_at"}


def contents(app: Flask) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, but for the columns of LAST_USE."""
    with app.app_context():
        return {
            table.name: [
                {name: value for name, value in row.items() if name not in LAST_USE}
                for row in db.session.execute(
                    table.select().order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for table in Base.metadata.sorted_tables
        }
