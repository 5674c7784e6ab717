"""Let PostgreSQL put words into their index at once.

It kept those of new todos in a list first, which every search went through from end to end.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_todo_search_vector SET (fastupdate = off)")
        op.execute("SELECT gin_clean_pending_list('ix_todo_search_vector')")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_todo_search_vector RESET (fastupdate)")
