"""Count the tags of each list in step with every write, and find pages by a tag."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: What a tag has had before.
OWN = ("todo_id", "position", "key", "name")
SQLITE = (
    (
        "CREATE TRIGGER todo_tag_live AFTER UPDATE OF deleted_at ON todo WHEN "
        "(old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN UPDATE todo_tag SET"
        " is_live = new.deleted_at IS NULL WHERE todo_id = new.id; END"
    ),
    (
        "CREATE TRIGGER tag_count_insert AFTER INSERT ON todo_tag BEGIN INSERT INTO "
        "tag_count (list_id, key, name, uses) SELECT new.list_id, new.key, new.name, 0 "
        "WHERE new.is_live AND NOT EXISTS (SELECT 1 FROM tag_count WHERE list_id = "
        "new.list_id AND key = new.key AND name = new.name); UPDATE tag_count SET uses "
        "= uses + 1 WHERE list_id = new.list_id AND key = new.key AND name = new.name "
        "AND new.is_live; END"
    ),
    (
        "CREATE TRIGGER tag_count_delete AFTER DELETE ON todo_tag BEGIN UPDATE "
        "tag_count SET uses = uses - 1 WHERE list_id = old.list_id AND key = old.key "
        "AND name = old.name AND old.is_live; DELETE FROM tag_count WHERE list_id = "
        "old.list_id AND key = old.key AND name = old.name AND uses = 0; END"
    ),
    (
        "CREATE TRIGGER tag_count_update AFTER UPDATE OF list_id, key, name, is_live ON"
        " todo_tag WHEN old.list_id <> new.list_id OR old.key <> new.key OR old.name <>"
        " new.name OR old.is_live <> new.is_live BEGIN UPDATE tag_count SET uses = uses"
        " - 1 WHERE list_id = old.list_id AND key = old.key AND name = old.name AND "
        "old.is_live; DELETE FROM tag_count WHERE list_id = old.list_id AND key = "
        "old.key AND name = old.name AND uses = 0; INSERT INTO tag_count (list_id, key,"
        " name, uses) SELECT new.list_id, new.key, new.name, 0 WHERE new.is_live AND "
        "NOT EXISTS (SELECT 1 FROM tag_count WHERE list_id = new.list_id AND key = "
        "new.key AND name = new.name); UPDATE tag_count SET uses = uses + 1 WHERE "
        "list_id = new.list_id AND key = new.key AND name = new.name AND new.is_live; "
        "END"
    ),
)
POSTGRESQL = (
    (
        "CREATE FUNCTION todo_tag_live() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE todo_tag SET is_live = NEW.deleted_at IS NULL WHERE todo_id = NEW.id; "
        "RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER todo_tag_live AFTER UPDATE OF deleted_at ON todo FOR EACH ROW "
        "WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)) EXECUTE FUNCTION "
        "todo_tag_live()"
    ),
    (
        "CREATE FUNCTION tag_count_insert() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE delta record; free bigint[]; total bigint; BEGIN FOR delta IN SELECT "
        "list_id, key, name, sum(sign) AS uses FROM (SELECT 1 AS sign, list_id, key, "
        "name FROM fresh WHERE is_live) AS row GROUP BY list_id, key, name HAVING "
        "sum(sign) <> 0 LOOP SELECT array_agg(id), coalesce(sum(uses), 0) + delta.uses "
        "INTO free, total FROM (SELECT id, uses FROM tag_count WHERE list_id = "
        "delta.list_id AND key = delta.key AND name = delta.name FOR UPDATE SKIP "
        "LOCKED) AS held; IF total = 0 OR cardinality(free) > 1 THEN DELETE FROM "
        "tag_count WHERE id = ANY (free); END IF; IF total <> 0 AND cardinality(free) ="
        " 1 THEN UPDATE tag_count SET uses = total WHERE id = free[1]; ELSIF total <> 0"
        " THEN INSERT INTO tag_count (list_id, key, name, uses) VALUES (delta.list_id, "
        "delta.key, delta.name, total); END IF; END LOOP; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER tag_count_insert AFTER INSERT ON todo_tag REFERENCING NEW TABLE"
        " AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tag_count_insert()"
    ),
    (
        "CREATE FUNCTION tag_count_delete() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE delta record; free bigint[]; total bigint; BEGIN FOR delta IN SELECT "
        "list_id, key, name, sum(sign) AS uses FROM (SELECT -1 AS sign, list_id, key, "
        "name FROM stale WHERE is_live) AS row GROUP BY list_id, key, name HAVING "
        "sum(sign) <> 0 LOOP SELECT array_agg(id), coalesce(sum(uses), 0) + delta.uses "
        "INTO free, total FROM (SELECT id, uses FROM tag_count WHERE list_id = "
        "delta.list_id AND key = delta.key AND name = delta.name FOR UPDATE SKIP "
        "LOCKED) AS held; IF total = 0 OR cardinality(free) > 1 THEN DELETE FROM "
        "tag_count WHERE id = ANY (free); END IF; IF total <> 0 AND cardinality(free) ="
        " 1 THEN UPDATE tag_count SET uses = total WHERE id = free[1]; ELSIF total <> 0"
        " THEN INSERT INTO tag_count (list_id, key, name, uses) VALUES (delta.list_id, "
        "delta.key, delta.name, total); END IF; END LOOP; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER tag_count_delete AFTER DELETE ON todo_tag REFERENCING OLD TABLE"
        " AS stale FOR EACH STATEMENT EXECUTE FUNCTION tag_count_delete()"
    ),
    (
        "CREATE FUNCTION tag_count_update() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE delta record; free bigint[]; total bigint; BEGIN FOR delta IN SELECT "
        "list_id, key, name, sum(sign) AS uses FROM (SELECT 1 AS sign, list_id, key, "
        "name FROM fresh WHERE is_live UNION ALL SELECT -1 AS sign, list_id, key, name "
        "FROM stale WHERE is_live) AS row GROUP BY list_id, key, name HAVING sum(sign) "
        "<> 0 LOOP SELECT array_agg(id), coalesce(sum(uses), 0) + delta.uses INTO free,"
        " total FROM (SELECT id, uses FROM tag_count WHERE list_id = delta.list_id AND "
        "key = delta.key AND name = delta.name FOR UPDATE SKIP LOCKED) AS held; IF "
        "total = 0 OR cardinality(free) > 1 THEN DELETE FROM tag_count WHERE id = ANY "
        "(free); END IF; IF total <> 0 AND cardinality(free) = 1 THEN UPDATE tag_count "
        "SET uses = total WHERE id = free[1]; ELSIF total <> 0 THEN INSERT INTO "
        "tag_count (list_id, key, name, uses) VALUES (delta.list_id, delta.key, "
        "delta.name, total); END IF; END LOOP; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER tag_count_update AFTER UPDATE ON todo_tag REFERENCING OLD TABLE"
        " AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION "
        "tag_count_update()"
    ),
)


def upgrade() -> None:
    _remake(
        [
            sa.Column("list_id", BigId, nullable=False),
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("is_live", sa.Boolean(), nullable=False),
            sa.ForeignKeyConstraint(
                ["todo_id", "list_id"],
                ["todo.id", "todo.list_id"],
                name="fk_todo_tag_todo",
                onupdate="CASCADE",
                ondelete="CASCADE",
            ),
            # Finds the tags of a todo that moves: by its list alone all tags there would be read.
            sa.UniqueConstraint(
                "todo_id", "list_id", "key", name="uq_todo_tag_todo_id_list_id_key"
            ),
        ]
    )
    names = ["list_id", "key", "is_live", "created_at", "todo_id"]
    op.create_index("ix_todo_tag_list_key", "todo_tag", names)
    op.create_table(
        "tag_count",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("list_id", BigId, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["todo_list.id"],
            name="fk_tag_count_list_id_todo_list",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tag_count"),
    )
    op.create_index("ix_tag_count_list", "tag_count", ["list_id", "key", "name"])
    op.execute(
        "INSERT INTO tag_count (list_id, key, name, uses) SELECT list_id, key, name, count(*)"
        " FROM todo_tag WHERE is_live GROUP BY list_id, key, name"
    )
    for statement in SQLITE if _is_sqlite() else POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for name in ("tag_count_insert", "tag_count_delete", "tag_count_update", "todo_tag_live"):
        table = "todo" if name == "todo_tag_live" else "todo_tag"
        op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))
        if not _is_sqlite():
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("tag_count")
    _remake(
        [
            sa.ForeignKeyConstraint(
                ["todo_id"], ["todo.id"], name="fk_todo_tag_todo_id_todo", ondelete="CASCADE"
            ),
            sa.UniqueConstraint("todo_id", "key", name="uq_todo_tag_todo_id_key"),
        ]
    )
    op.create_index("ix_todo_tag_key_todo_id", "todo_tag", ["key", "todo_id"])


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _remake(more: list[sa.Column | sa.Constraint]) -> None:
    """Make the table of tags anew, with `more` of what their todos know.

    No key of another table points at it, and as it is kept in the order of its primary key it
    cannot be altered on SQLite.
    """
    names = [*OWN, *(column.name for column in more if isinstance(column, sa.Column))]
    of_todo = "todo.list_id, todo.created_at, todo.deleted_at IS NULL AS is_live"
    op.execute(
        f"CREATE TEMPORARY TABLE kept_tag AS SELECT {', '.join(f'tag.{n}' for n in OWN)},"  # noqa: S608
        f" {of_todo} FROM todo_tag AS tag JOIN todo ON todo.id = tag.todo_id"
    )
    op.drop_table("todo_tag")
    op.create_table(
        "todo_tag",
        sa.Column("todo_id", BigId, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_todo_tag_name_length")),
        *more,
        sa.PrimaryKeyConstraint("todo_id", "position", name="pk_todo_tag"),
        sqlite_with_rowid=False,
    )
    listed = ", ".join(names)
    op.execute(f"INSERT INTO todo_tag ({listed}) SELECT {listed} FROM kept_tag")  # noqa: S608
    op.execute("DROP TABLE kept_tag")
