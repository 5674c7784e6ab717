"""Let todos be found by words, on each engine by its own index."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: How many todos are folded at a time.
AT_ONCE = 1000

SQLITE = (
    "CREATE VIRTUAL TABLE todo_search USING fts5(list_id, search_text, content='todo',"
    " content_rowid='id', tokenize='ascii', prefix='1 2 3')",
    "INSERT INTO todo_search (todo_search) VALUES ('rebuild')",
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
POSTGRESQL = (
    "ALTER TABLE todo ADD COLUMN search_vector tsvector GENERATED ALWAYS AS"
    " (array_to_tsvector(ARRAY['@' || CAST(list_id AS text)])"
    " || to_tsvector('simple', search_text)) STORED",
    "CREATE INDEX ix_todo_search_vector ON todo USING gin (search_vector)",
)


def upgrade() -> None:
    op.add_column("todo", sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
    _fill(op.get_bind())
    for statement in SQLITE if _is_sqlite() else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if _is_sqlite():
        for event in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER todo_search_{event}")
        op.execute("DROP TABLE todo_search")
    else:
        op.drop_column("todo", "search_vector")
    op.drop_column("todo", "search_text")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _fill(connection: sa.Connection) -> None:
    """Fold the words of the todos that there are, in the order of their ids."""
    todo = sa.table("todo", *map(sa.column, ("id", "title", "description", "search_text")))
    some = sa.select(todo.c.id, todo.c.title, todo.c.description).order_by(todo.c.id).limit(AT_ONCE)
    fill = (
        sa.update(todo)
        .where(todo.c.id == sa.bindparam("todo_id"))
        .values(search_text=sa.bindparam("folded"))
    )
    last = 0
    while rows := connection.execute(some.where(todo.c.id > last)).all():
        folded = [{"todo_id": r.id, "folded": search_text(r.title, r.description)} for r in rows]
        connection.execute(fill, folded)
        last = rows[-1].id


# As todoapp.text folds at this revision.

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD = re.compile(rf"[^\W_{UNSPACED}]+|[^\W_]")
WORD_MAX = 64


def search_text(title: str, description: str) -> str:
    folded = unicodedata.normalize("NFKD", f"{title}\n{description}").casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return " ".join(word[:WORD_MAX] for word in WORD.findall(folded))
