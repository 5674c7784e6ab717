"""The first schema: people, keys, lists, todos and the log of every change."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: BIGINT in PostgreSQL; in SQLite only a column declared INTEGER can be AUTOINCREMENT.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.DateTime(timezone=True)
#: Sorts by code point on both engines.
Sortable = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("username", sa.String(length=39), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", Instant, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint("role IN ('member', 'admin')", name=op.f("ck_user_account_role")),
        sa.CheckConstraint(
            "length(username) BETWEEN 1 AND 39", name=op.f("ck_user_account_username_length")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("email", name="uq_user_account_email"),
        sa.UniqueConstraint("username", name="uq_user_account_username"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_key",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("public_id", sa.String(length=8), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=255), nullable=False),
        sa.Column("expires_at", Instant, nullable=True),
        sa.Column("revoked_at", Instant, nullable=True),
        sa.Column("last_used_at", Instant, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_api_key_name_length")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_api_key_user_id_user_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("public_id", name="uq_api_key_public_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_key_user_id", "api_key", ["user_id"])
    op.create_table(
        "change",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("operation_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("api_key_id", BigId, nullable=True),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("noun", sa.String(length=16), nullable=False),
        sa.Column("noun_id", BigId, nullable=False),
        sa.Column("list_id", BigId, nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("diff", sa.JSON(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_change_user_id_user_account",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_list_id_id", "change", ["list_id", "id"])
    op.create_index("ix_change_noun_noun_id_id", "change", ["noun", "noun_id", "id"])
    op.create_index("ix_change_operation_id", "change", ["operation_id"])
    op.create_index("ix_change_user_id", "change", ["user_id"])
    op.create_table(
        "todo_list",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=True),
        sa.Column("position", sa.Float(precision=53), nullable=False),
        sa.Column("inbox_of", BigId, nullable=True),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", Instant, nullable=True),
        sa.Column("trashed_by", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (trashed_by IS NULL)", name=op.f("ck_todo_list_trashed_by")
        ),
        sa.CheckConstraint(
            "inbox_of IS NULL OR (NOT is_archived AND deleted_at IS NULL)",
            name=op.f("ck_todo_list_inbox_stays"),
        ),
        sa.CheckConstraint(
            "length(description) BETWEEN 0 AND 16384", name=op.f("ck_todo_list_description_length")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 255", name=op.f("ck_todo_list_name_length")),
        sa.ForeignKeyConstraint(
            ["inbox_of"], ["user_account.id"], name="fk_todo_list_inbox_of_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_todo_list"),
        sa.UniqueConstraint("inbox_of", name="uq_todo_list_inbox_of"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "user_session",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("last_seen_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=255), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
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
    op.create_table(
        "membership",
        sa.Column("user_id", BigId, autoincrement=False, nullable=False),
        sa.Column("list_id", BigId, autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'editor', 'owner')", name=op.f("ck_membership_role")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["todo_list.id"],
            name="fk_membership_list_id_todo_list",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_membership_user_id_user_account"
        ),
        sa.PrimaryKeyConstraint("user_id", "list_id", name="pk_membership"),
    )
    op.create_index(
        "ix_membership_list_id_user_id", "membership", ["list_id", "user_id"], unique=True
    )
    op.create_index(
        "uq_membership_owner",
        "membership",
        ["list_id"],
        unique=True,
        sqlite_where=sa.text("role = 'owner'"),
        postgresql_where=sa.text("role = 'owner'"),
    )
    op.create_table(
        "todo",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("list_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("title_key", Sortable, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("completed_at", Instant, nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("due_key", Instant, nullable=True),
        sa.Column("assigned_to_id", BigId, nullable=True),
        sa.Column("created_by_id", BigId, nullable=False),
        sa.Column("parent_id", BigId, nullable=True),
        sa.Column("position", sa.Float(precision=53), nullable=False),
        sa.Column("deleted_at", Instant, nullable=True),
        sa.Column("trashed_by", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint(
            "(status = 'completed') = (completed_at IS NOT NULL)", name=op.f("ck_todo_completed_at")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'in_progress', 'on_hold', 'completed', 'cancelled')",
            name=op.f("ck_todo_status"),
        ),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (trashed_by IS NULL)", name=op.f("ck_todo_trashed_by")
        ),
        sa.CheckConstraint(
            "(due_key IS NULL) = (due_on IS NULL AND due_at IS NULL)", name=op.f("ck_todo_due_key")
        ),
        sa.CheckConstraint("due_on IS NULL OR due_at IS NULL", name=op.f("ck_todo_due_once")),
        sa.CheckConstraint(
            "length(description) BETWEEN 0 AND 16384", name=op.f("ck_todo_description_length")
        ),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 500", name=op.f("ck_todo_title_length")),
        sa.CheckConstraint("length(uid) BETWEEN 1 AND 255", name=op.f("ck_todo_uid_length")),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_todo_own_parent")),
        sa.CheckConstraint("priority IN (1, 2, 3, 4)", name=op.f("ck_todo_priority")),
        sa.ForeignKeyConstraint(
            ["assigned_to_id", "list_id"],
            ["membership.user_id", "membership.list_id"],
            name="fk_todo_assignee",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name="fk_todo_created_by_id_user_account"
        ),
        sa.ForeignKeyConstraint(["list_id"], ["todo_list.id"], name="fk_todo_list_id_todo_list"),
        sa.ForeignKeyConstraint(
            ["parent_id", "list_id"], ["todo.id", "todo.list_id"], name="fk_todo_parent"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_todo"),
        sa.UniqueConstraint("id", "list_id", name="uq_todo_id_list_id"),
        sa.UniqueConstraint("list_id", "uid", name="uq_todo_list_id_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_todo_assigned_to_id_list_id", "todo", ["assigned_to_id", "list_id"])
    op.create_index("ix_todo_created_by_id", "todo", ["created_by_id"])
    op.create_index("ix_todo_list_created", "todo", ["list_id", "created_at", "id"])
    op.create_index("ix_todo_list_due", "todo", ["list_id", "due_key", "id"])
    op.create_index("ix_todo_list_id_id", "todo", ["list_id", "id"])
    op.create_index("ix_todo_list_position", "todo", ["list_id", "position", "id"])
    op.create_index("ix_todo_list_updated", "todo", ["list_id", "updated_at", "id"])
    op.create_index("ix_todo_parent_id_list_id", "todo", ["parent_id", "list_id"])
    op.create_index("ix_todo_trashed_by", "todo", ["trashed_by"])
    op.create_table(
        "todo_tag",
        sa.Column("todo_id", BigId, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_todo_tag_name_length")),
        sa.ForeignKeyConstraint(
            ["todo_id"], ["todo.id"], name="fk_todo_tag_todo_id_todo", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("todo_id", "position", name="pk_todo_tag"),
        sa.UniqueConstraint("todo_id", "key", name="uq_todo_tag_todo_id_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_todo_tag_key_todo_id", "todo_tag", ["key", "todo_id"])


def downgrade() -> None:
    op.drop_table("todo_tag")
    op.drop_table("todo")
    op.drop_table("membership")
    op.drop_table("user_session")
    op.drop_table("todo_list")
    op.drop_table("change")
    op.drop_table("api_key")
    op.drop_table("user_account")
