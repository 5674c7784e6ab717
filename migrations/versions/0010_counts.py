"""Count the todos of each list by status, in step with every write."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATUSES = ("pending", "in_progress", "on_hold", "completed", "cancelled")
SQLITE = (
    (
        "CREATE TRIGGER todo_count_list AFTER INSERT ON todo_list BEGIN INSERT INTO "
        "todo_count (list_id) VALUES (new.id); END"
    ),
    (
        "CREATE TRIGGER todo_count_insert AFTER INSERT ON todo BEGIN UPDATE todo_count SET "
        "version = version + 1, pending = pending + (new.status = 'pending'), in_progress ="
        " in_progress + (new.status = 'in_progress'), on_hold = on_hold + (new.status = "
        "'on_hold'), completed = completed + (new.status = 'completed'), cancelled = "
        "cancelled + (new.status = 'cancelled') WHERE list_id = new.list_id AND "
        "new.deleted_at IS NULL; END"
    ),
    (
        "CREATE TRIGGER todo_count_delete AFTER DELETE ON todo BEGIN UPDATE todo_count SET "
        "version = version + 1, pending = pending - (old.status = 'pending'), in_progress ="
        " in_progress - (old.status = 'in_progress'), on_hold = on_hold - (old.status = "
        "'on_hold'), completed = completed - (old.status = 'completed'), cancelled = "
        "cancelled - (old.status = 'cancelled') WHERE list_id = old.list_id AND "
        "old.deleted_at IS NULL; END"
    ),
    (
        "CREATE TRIGGER todo_count_update AFTER UPDATE OF list_id, status, due_on, due_key,"
        " completed_at, deleted_at ON todo WHEN old.list_id IS NOT new.list_id OR "
        "old.status IS NOT new.status OR old.due_on IS NOT new.due_on OR old.due_key IS NOT"
        " new.due_key OR old.completed_at IS NOT new.completed_at OR old.deleted_at IS NOT "
        "new.deleted_at BEGIN UPDATE todo_count SET version = version + 1, pending = "
        "pending - (old.status = 'pending'), in_progress = in_progress - (old.status = "
        "'in_progress'), on_hold = on_hold - (old.status = 'on_hold'), completed = "
        "completed - (old.status = 'completed'), cancelled = cancelled - (old.status = "
        "'cancelled') WHERE list_id = old.list_id AND old.deleted_at IS NULL; UPDATE "
        "todo_count SET version = version + 1, pending = pending + (new.status = "
        "'pending'), in_progress = in_progress + (new.status = 'in_progress'), on_hold = "
        "on_hold + (new.status = 'on_hold'), completed = completed + (new.status = "
        "'completed'), cancelled = cancelled + (new.status = 'cancelled') WHERE list_id = "
        "new.list_id AND new.deleted_at IS NULL; END"
    ),
)
POSTGRESQL = (
    (
        "CREATE FUNCTION todo_count_list() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO todo_count (list_id) VALUES (NEW.id); RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER todo_count_list AFTER INSERT ON todo_list FOR EACH ROW EXECUTE "
        "FUNCTION todo_count_list()"
    ),
    (
        "CREATE FUNCTION todo_count_insert() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE"
        " delta record; BEGIN FOR delta IN SELECT list_id, coalesce(sum(sign) FILTER (WHERE"
        " status = 'pending'), 0) AS pending, coalesce(sum(sign) FILTER (WHERE status = "
        "'in_progress'), 0) AS in_progress, coalesce(sum(sign) FILTER (WHERE status = "
        "'on_hold'), 0) AS on_hold, coalesce(sum(sign) FILTER (WHERE status = 'completed'),"
        " 0) AS completed, coalesce(sum(sign) FILTER (WHERE status = 'cancelled'), 0) AS "
        "cancelled FROM (SELECT sum(sign) AS sign, id, list_id, status, due_on, due_key, "
        "completed_at FROM (SELECT 1 AS sign, id, list_id, status, due_on, due_key, "
        "completed_at FROM fresh WHERE deleted_at IS NULL) AS row GROUP BY id, list_id, "
        "status, due_on, due_key, completed_at HAVING sum(sign) <> 0) AS changed GROUP BY "
        "list_id LOOP UPDATE todo_count SET version = version + 1, pending = pending + "
        "delta.pending, in_progress = in_progress + delta.in_progress, on_hold = on_hold + "
        "delta.on_hold, completed = completed + delta.completed, cancelled = cancelled + "
        "delta.cancelled WHERE id = (SELECT id FROM todo_count WHERE list_id = "
        "delta.list_id LIMIT 1 FOR UPDATE SKIP LOCKED); IF NOT FOUND THEN INSERT INTO "
        "todo_count (list_id, version, pending, in_progress, on_hold, completed, cancelled)"
        " VALUES (delta.list_id, 1, delta.pending, delta.in_progress, delta.on_hold, "
        "delta.completed, delta.cancelled); END IF; END LOOP; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER todo_count_insert AFTER INSERT ON todo REFERENCING NEW TABLE AS "
        "fresh FOR EACH STATEMENT EXECUTE FUNCTION todo_count_insert()"
    ),
    (
        "CREATE FUNCTION todo_count_delete() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE"
        " delta record; BEGIN FOR delta IN SELECT list_id, coalesce(sum(sign) FILTER (WHERE"
        " status = 'pending'), 0) AS pending, coalesce(sum(sign) FILTER (WHERE status = "
        "'in_progress'), 0) AS in_progress, coalesce(sum(sign) FILTER (WHERE status = "
        "'on_hold'), 0) AS on_hold, coalesce(sum(sign) FILTER (WHERE status = 'completed'),"
        " 0) AS completed, coalesce(sum(sign) FILTER (WHERE status = 'cancelled'), 0) AS "
        "cancelled FROM (SELECT sum(sign) AS sign, id, list_id, status, due_on, due_key, "
        "completed_at FROM (SELECT -1 AS sign, id, list_id, status, due_on, due_key, "
        "completed_at FROM stale WHERE deleted_at IS NULL) AS row GROUP BY id, list_id, "
        "status, due_on, due_key, completed_at HAVING sum(sign) <> 0) AS changed GROUP BY "
        "list_id LOOP UPDATE todo_count SET version = version + 1, pending = pending + "
        "delta.pending, in_progress = in_progress + delta.in_progress, on_hold = on_hold + "
        "delta.on_hold, completed = completed + delta.completed, cancelled = cancelled + "
        "delta.cancelled WHERE id = (SELECT id FROM todo_count WHERE list_id = "
        "delta.list_id LIMIT 1 FOR UPDATE SKIP LOCKED); IF NOT FOUND THEN INSERT INTO "
        "todo_count (list_id, version, pending, in_progress, on_hold, completed, cancelled)"
        " VALUES (delta.list_id, 1, delta.pending, delta.in_progress, delta.on_hold, "
        "delta.completed, delta.cancelled); END IF; END LOOP; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER todo_count_delete AFTER DELETE ON todo REFERENCING OLD TABLE AS "
        "stale FOR EACH STATEMENT EXECUTE FUNCTION todo_count_delete()"
    ),
    (
        "CREATE FUNCTION todo_count_update() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE"
        " delta record; BEGIN FOR delta IN SELECT list_id, coalesce(sum(sign) FILTER (WHERE"
        " status = 'pending'), 0) AS pending, coalesce(sum(sign) FILTER (WHERE status = "
        "'in_progress'), 0) AS in_progress, coalesce(sum(sign) FILTER (WHERE status = "
        "'on_hold'), 0) AS on_hold, coalesce(sum(sign) FILTER (WHERE status = 'completed'),"
        " 0) AS completed, coalesce(sum(sign) FILTER (WHERE status = 'cancelled'), 0) AS "
        "cancelled FROM (SELECT sum(sign) AS sign, id, list_id, status, due_on, due_key, "
        "completed_at FROM (SELECT 1 AS sign, id, list_id, status, due_on, due_key, "
        "completed_at FROM fresh WHERE deleted_at IS NULL UNION ALL SELECT -1 AS sign, id, "
        "list_id, status, due_on, due_key, completed_at FROM stale WHERE deleted_at IS "
        "NULL) AS row GROUP BY id, list_id, status, due_on, due_key, completed_at HAVING "
        "sum(sign) <> 0) AS changed GROUP BY list_id LOOP UPDATE todo_count SET version = "
        "version + 1, pending = pending + delta.pending, in_progress = in_progress + "
        "delta.in_progress, on_hold = on_hold + delta.on_hold, completed = completed + "
        "delta.completed, cancelled = cancelled + delta.cancelled WHERE id = (SELECT id "
        "FROM todo_count WHERE list_id = delta.list_id LIMIT 1 FOR UPDATE SKIP LOCKED); IF "
        "NOT FOUND THEN INSERT INTO todo_count (list_id, version, pending, in_progress, "
        "on_hold, completed, cancelled) VALUES (delta.list_id, 1, delta.pending, "
        "delta.in_progress, delta.on_hold, delta.completed, delta.cancelled); END IF; END "
        "LOOP; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER todo_count_update AFTER UPDATE ON todo REFERENCING OLD TABLE AS "
        "stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION todo_count_update()"
    ),
)


def upgrade() -> None:
    op.create_table(
        "todo_count",
        sa.Column("id", BigId, sa.Identity(), nullable=False),
        sa.Column("list_id", BigId, nullable=False),
        sa.Column("version", BigId, server_default="0", nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in STATUSES),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["todo_list.id"],
            name="fk_todo_count_list_id_todo_list",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_todo_count"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_todo_count_list_id", "todo_count", ["list_id"])
    _fill()
    for statement in SQLITE if _is_sqlite() else POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for name in ("insert", "delete", "update", "list"):
        table = "todo_list" if name == "list" else "todo"
        op.execute(f"DROP TRIGGER todo_count_{name}" + ("" if _is_sqlite() else f" ON {table}"))
        if not _is_sqlite():
            op.execute(f"DROP FUNCTION todo_count_{name}()")
    op.drop_table("todo_count")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _fill() -> None:
    """Count the todos that there are."""
    sums = ", ".join(f"count(CASE WHEN todo.status = '{status}' THEN 1 END)" for status in STATUSES)
    op.execute(
        f"INSERT INTO todo_count (list_id, {', '.join(STATUSES)})"  # noqa: S608
        f" SELECT todo_list.id, {sums} FROM todo_list LEFT JOIN todo"
        " ON todo.list_id = todo_list.id AND todo.deleted_at IS NULL GROUP BY todo_list.id"
    )
