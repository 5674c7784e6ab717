"""How Alembic runs here: one transaction, one migrator at a time, on either engine.

SQLite's ALTER TABLE is weak, so Alembic rebuilds tables. With foreign keys on, dropping the old
table would empty its children by cascade, so they are off while migrating, and checked before the
commit. PRAGMA foreign_keys does nothing inside a transaction: it is set before the first one.
"""

from dataclasses import replace

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, text

from todoapp import engines, models
from todoapp.settings import Settings

#: Seconds to wait for another migrator, or for the tables.
LOCK_WAIT = 60
#: Any number, as long as nothing else in the database locks on it.
ADVISORY_LOCK = 7_310_000_001


def begin(connection: Connection) -> None:
    """Open the transaction, alone."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("PRAGMA temp_store=FILE")  # what is sorted for an index may be large
        connection.execute(text("SELECT 1"))  # begins, in the queue of writers
        return
    engines.be_patient(connection)
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def check(connection: Connection) -> None:
    """Refuse to commit a database whose references are broken."""
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"the migration broke references: {broken[:5]}")


def is_modelled(name: str | None, _kind: str, _parents: object) -> bool:
    """Tell whether SQLAlchemy knows the thing: not those that a search asks."""
    return name is None or not name.removeprefix("ix_").startswith(("todo_search", "search_vector"))


def run() -> None:
    """Run the migrations that were asked for."""
    settings: Settings = replace(current_app.config["SETTINGS"], database_timeout=LOCK_WAIT)
    engine = create_engine(settings.url, **engines.options(settings, writes=True))
    engines.prepare(engine, settings, writes=True)
    try:
        with engine.connect() as connection:
            begin(connection)
            context.configure(
                connection=connection,
                target_metadata=models.Todo.metadata,
                include_name=is_modelled,
            )
            context.run_migrations()
            check(connection)
            connection.commit()
    finally:
        engine.dispose()


run()
