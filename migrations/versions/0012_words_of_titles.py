"""Tell the words of a title from those of the description, so that either can be asked for."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: How many todos are folded at a time.
AT_ONCE = 1000


def upgrade() -> None:
    _rewrite(lambda title, description: ["", *words(title), "\n", *words(description), ""])


def downgrade() -> None:
    _rewrite(lambda title, description: words(title) + words(description))


def _rewrite(parts) -> None:
    """Write the words of all todos anew, in the order of their ids."""
    connection = op.get_bind()
    todo = sa.table("todo", *map(sa.column, ("id", "title", "description", "search_text")))
    some = sa.select(todo.c.id, todo.c.title, todo.c.description).order_by(todo.c.id).limit(AT_ONCE)
    write = (
        sa.update(todo)
        .where(todo.c.id == sa.bindparam("todo_id"))
        .values(search_text=sa.bindparam("folded"))
    )
    last = 0
    while rows := connection.execute(some.where(todo.c.id > last)).all():
        folded = [(r.id, " ".join(parts(r.title, r.description))) for r in rows]
        connection.execute(write, [{"todo_id": id_, "folded": text} for id_, text in folded])
        last = rows[-1].id


# As todoapp.text folds at this revision.

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD = re.compile(rf"[^\W_{UNSPACED}]+|[^\W_]")
WORD_MAX = 64


def words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return [word[:WORD_MAX] for word in WORD.findall(folded)]
