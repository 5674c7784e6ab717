"""Index the change log in the order in which it is read: transactions, then ids."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_change_transaction_id_id", "change", ["transaction_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_change_transaction_id_id", "change")
