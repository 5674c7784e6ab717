"""Count the attempts to log in."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "id", name="pk_login_attempt"),
    )
    op.create_index("ix_login_attempt_ends_at", "login_attempt", ["ends_at"])


def downgrade() -> None:
    op.drop_table("login_attempt")
