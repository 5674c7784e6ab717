"""What todos are found by words with: `search_text`, indexed as each engine does it.

In SQLite a table of FTS5's beside `todo`, kept in step by triggers; in PostgreSQL a generated
column with a GIN index. SQLAlchemy knows neither, so that they are made by DDL.

Both indexes know the list as well, PostgreSQL's as a word like `@7`, so that they pass over what is
in others: a word that everybody uses would lead through everybody's todos.
Words are folded already, and `ascii` splits them at nothing but spaces; PostgreSQL's parser also
splits what begins like a number with an exponent, in texts and searches alike. The prefixes are
for a search that runs while somebody types: else all words with a short beginning were merged.
PostgreSQL would keep the words of new todos in a list beside its index, which makes a write a tenth
faster, and every search go through up to 4 MB: after 8,000 todos it took 25 ms instead of 4.
"""

from sqlalchemy import DDL, column, event, table

from todoapp.models.todo import Todo

#: SQLite's; its column of the table's own name takes what to match.
todo_search = table("todo_search", column("rowid"), column("todo_search"))

_SQLITE = (
    "CREATE VIRTUAL TABLE todo_search USING fts5(list_id, search_text, content='todo',"
    " content_rowid='id', tokenize='ascii', prefix='1 2 3')",
    "CREATE TRIGGER todo_search_insert AFTER INSERT ON todo BEGIN"
    " INSERT INTO todo_search (rowid, list_id, search_text)"
    " VALUES (new.id, new.list_id, new.search_text); END",
    "CREATE TRIGGER todo_search_delete AFTER DELETE ON todo BEGIN"
    " INSERT INTO todo_search (todo_search, rowid, list_id, search_text)"
    " VALUES ('delete', old.id, old.list_id, old.search_text); END",
    "CREATE TRIGGER todo_search_update AFTER UPDATE OF list_id, search_text ON todo"
    " WHEN old.list_id <> new.list_id OR old.search_text <> new.search_text BEGIN"
    " INSERT INTO todo_search (todo_search, rowid, list_id, search_text)"
    " VALUES ('delete', old.id, old.list_id, old.search_text);"
    " INSERT INTO todo_search (rowid, list_id, search_text)"
    " VALUES (new.id, new.list_id, new.search_text); END",
)
_POSTGRESQL = (
    "ALTER TABLE todo ADD COLUMN search_vector tsvector GENERATED ALWAYS AS"
    " (array_to_tsvector(ARRAY['@' || CAST(list_id AS text)])"
    " || to_tsvector('simple', search_text)) STORED",
    "CREATE INDEX ix_todo_search_vector ON todo USING gin (search_vector) WITH (fastupdate = off)",
)


def _attach(dialect: str, statements: tuple[str, ...], moment: str) -> None:
    for statement in statements:
        made: DDL = DDL(statement)  # type: ignore[no-untyped-call]
        event.listen(Todo.__table__, moment, made.execute_if(dialect=dialect))


_attach("sqlite", _SQLITE, "after_create")
_attach("sqlite", ("DROP TABLE IF EXISTS todo_search",), "after_drop")
_attach("postgresql", _POSTGRESQL, "after_create")
