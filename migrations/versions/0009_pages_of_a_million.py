"""Let a page be found among a million todos as fast as among few, however it is sorted."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BY_CREATED = ["list_id", "created_at", "id", "deleted_at"]
#: Those that change, as they were.
WERE = {
    "ix_todo_list_created": BY_CREATED,
    "ix_todo_list_due": ["list_id", "due_key", "id", "deleted_at"],
    "ix_todo_assigned_to_id_list_id": ["assigned_to_id", "list_id"],
    "ix_todo_created_by_id": ["created_by_id"],
    "ix_todo_parent_id_list_id": ["parent_id", "list_id"],
    "ix_todo_trashed_by": ["trashed_by"],
}
#: As they are now, and the new ones.
ARE = {
    "ix_todo_list_created": [
        *BY_CREATED,
        *("status", "priority", "due_key", "assigned_to_id", "parent_id"),
    ],
    "ix_todo_list_due": ["list_id", "due_key", "id", "deleted_at", "status"],
    "ix_todo_list_priority": ["list_id", "priority", "id", "deleted_at", "status"],
    "ix_todo_list_title": ["list_id", "title_key", "id", "deleted_at"],
    "ix_todo_list_completed": ["list_id", "completed_at", "id", "deleted_at"],
    "ix_todo_list_status": ["list_id", "status", "created_at", "id", "deleted_at"],
    "ix_todo_list_open_due": [
        *("list_id", "due_key", "id", "created_at", "due_on", "due_at"),
        *("status", "deleted_at"),
    ],
    "ix_todo_assigned_to_id_list_id": ["assigned_to_id", *BY_CREATED],
    "ix_todo_created_by_id_list_id": ["created_by_id", *BY_CREATED],
    "ix_todo_parent_id_list_id": ["parent_id", "list_id"],
    "ix_todo_trashed_by": ["trashed_by"],
    "ix_todo_created": ["created_at", "id", "deleted_at"],
}
#: What the partial ones hold.
HOLD = {
    "ix_todo_list_open_due": (
        "status IN ('pending', 'in_progress', 'on_hold') AND deleted_at IS NULL"
    ),
    "ix_todo_assigned_to_id_list_id": "assigned_to_id IS NOT NULL",
    "ix_todo_parent_id_list_id": "parent_id IS NOT NULL",
    "ix_todo_trashed_by": "trashed_by IS NOT NULL",
}


def upgrade() -> None:
    _replace(WERE, ARE, HOLD)


def downgrade() -> None:
    _replace(ARE, WERE, {})


def _replace(
    old: dict[str, list[str]], new: dict[str, list[str]], conditions: dict[str, str]
) -> None:
    for name in old:
        op.drop_index(name, "todo")
    for name, columns in new.items():
        held = conditions.get(name)
        where = None if held is None else sa.text(held)
        op.create_index(name, "todo", columns, sqlite_where=where, postgresql_where=where)
