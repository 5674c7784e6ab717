"""Find the newest changes by who, what and when."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WERE = {"ix_change_user_id": ["user_id"]}
ARE = {
    "ix_change_user_id_id": ["user_id", "id"],
    "ix_change_at_id": ["at", "id"],
    "ix_change_personal": ["user_id", "id"],
    "ix_change_unusual_action": ["action", "id"],
    "ix_change_unusual_noun": ["noun", "id"],
}
#: What the partial ones hold.
HOLD = {
    "ix_change_personal": "list_id IS NULL",
    "ix_change_unusual_action": "action NOT IN ('create', 'update')",
    "ix_change_unusual_noun": "noun <> 'todo'",
}


def upgrade() -> None:
    _replace(WERE, ARE)


def downgrade() -> None:
    _replace(ARE, WERE)


def _replace(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    for name in old:
        op.drop_index(name, "change")
    for name, columns in new.items():
        where = sa.text(HOLD[name]) if name in HOLD else None
        op.create_index(name, "change", columns, sqlite_where=where, postgresql_where=where)
