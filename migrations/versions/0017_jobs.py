"""Work to be done in the background."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = "state IN ('queued', 'running')"
ENDED = "state IN ('done', 'dead')"


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=128), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'dead')", name="state"),
        sa.CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="leased_until"),
        sa.CheckConstraint("(leased_until IS NULL) = (leased_by IS NULL)", name="leased_by"),
        sa.CheckConstraint(f"({ENDED}) = (ended_at IS NOT NULL)", name="ended_at"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("kind", "slot", name="uq_job_kind_slot"),
        sqlite_autoincrement=True,
    )
    where = sa.text(OPEN)
    op.create_index(
        "ix_job_open", "job", ["run_at", "id"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    op.drop_table("job")
