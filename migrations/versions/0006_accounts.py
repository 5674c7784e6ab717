"""Accounts: second factors, sessions of tokens, keys for some lists, where changes came from."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("two_factor_required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("totp_salt", sa.String(length=32), nullable=True),
        sa.Column("totp_enabled_at", Instant, nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", Instant, nullable=True),
    ):
        op.add_column("user_account", column)
    op.add_column(
        "api_key", sa.Column("is_limited", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("change", sa.Column("address", sa.String(length=45), nullable=True))
    op.add_column("change", sa.Column("user_agent", sa.String(length=255), nullable=True))
    _make_api_key_list()
    # Nothing has opened a session before.
    op.drop_table("user_session")
    _make_user_session(
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("generation", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("kind IN ('browser', 'token')", name=op.f("ck_user_session_kind")),
    )


def _make_api_key_list() -> None:
    op.create_table(
        "api_key_list",
        sa.Column("api_key_id", BigId, autoincrement=False, nullable=False),
        sa.Column("list_id", BigId, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"],
            ["api_key.id"],
            name="fk_api_key_list_api_key_id_api_key",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["todo_list.id"],
            name="fk_api_key_list_list_id_todo_list",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("api_key_id", "list_id", name="pk_api_key_list"),
    )
    op.create_index("ix_api_key_list_list_id", "api_key_list", ["list_id"])


def _make_user_session(*own: sa.schema.SchemaItem) -> None:
    op.create_table(
        "user_session",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("last_seen_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=255), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        *own,
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_user_session_user_id_user_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_user_session"),
        sa.UniqueConstraint("token_hash", name="uq_user_session_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])


def downgrade() -> None:
    op.drop_table("user_session")
    _make_user_session(sa.Column("token_hash", sa.String(length=64), nullable=False))
    op.drop_table("api_key_list")
    op.drop_column("change", "user_agent")
    op.drop_column("change", "address")
    op.drop_column("api_key", "is_limited")
    for name in (
        "deleted_at",
        "totp_step",
        "totp_enabled_at",
        "totp_salt",
        "two_factor_required",
        "must_change_password",
    ):
        op.drop_column("user_account", name)
