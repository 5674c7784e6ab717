"""Let the indexes of pages say what is in the trash, so that a page is found without the rows."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: What each index is sorted by, between the list and the id.
INDEXES = {
    "ix_todo_list_created": ["created_at"],
    "ix_todo_list_updated": ["updated_at"],
    "ix_todo_list_due": ["due_key"],
    "ix_todo_list_position": ["position"],
    "ix_todo_list_id_id": [],
}


def upgrade() -> None:
    _make_anew(["deleted_at"])


def downgrade() -> None:
    _make_anew([])


def _make_anew(last: list[str]) -> None:
    for name, sorted_by in INDEXES.items():
        op.drop_index(name, "todo")
        op.create_index(name, "todo", ["list_id", *sorted_by, "id", *last])
