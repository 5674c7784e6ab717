"""The row scope of a key: a filter, and the key has only the todos that it selects."""

import sqlalchemy as sa
from alembic import op

from migrations.rebuild import rebuild

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with rebuild(op, "api_key") as batch:
        batch.add_column(sa.Column("row_filter", sa.String(length=2000), nullable=True))
        batch.create_check_constraint(
            op.f("ck_api_key_row_filter_length"), "length(row_filter) BETWEEN 1 AND 2000"
        )


def downgrade() -> None:
    # Without its filter such a key would open all of its owner's todos.
    op.execute(
        "UPDATE api_key SET revoked_at = updated_at "
        "WHERE row_filter IS NOT NULL AND revoked_at IS NULL"
    )
    with rebuild(op, "api_key") as batch:
        batch.drop_constraint(op.f("ck_api_key_row_filter_length"), type_="check")
        batch.drop_column("row_filter")
