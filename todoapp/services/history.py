"""What was done to one thing, for those who may see it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from todoapp.db import reader
from todoapp.limits import Action, Noun
from todoapp.models import ApiKey, Change, User
from todoapp.services import todo_rows
from todoapp.services.access import Actor, visible_lists


def of_todo(
    actor: Actor, todo_id: int, query: Mapping[str, Any], before: int | None
) -> tuple[list[dict[str, Any]], tuple[int] | None]:
    """Return what was done to a todo, as schemas.change.ChangeOut takes it, newest first.

    With it comes where the next page begins. What happened in a list that the actor does not see
    is left out. Raises NotFound.
    """
    todo_rows.read(actor, todo_id)
    size = query["page_size"]
    statement = (
        select(Change, User.username.label("actor"), ApiKey.name.label("key_name"))
        .outerjoin(User, User.id == Change.user_id)
        .outerjoin(ApiKey, ApiKey.id == Change.api_key_id)
        .where(Change.noun == Noun.TODO, Change.noun_id == todo_id)
        .where(Change.list_id.in_(visible_lists(actor)))
        .order_by(Change.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        statement = statement.where(Change.id < before)
    connection = reader()
    rows = list(connection.execute(statement))
    seen = frozenset(connection.scalars(visible_lists(actor)))
    changes = [_entry(row, seen) for row in rows[:size]]
    return changes, (rows[size - 1].id,) if len(rows) > size else None


def _entry(row: Row[Any], seen: frozenset[int]) -> dict[str, Any]:
    """Return one change; what a todo was before it came in, only its old list's members know."""
    diff = row.diff
    if row.action == Action.ENTER and diff and diff["list_id"][0] not in seen:
        diff = {name: [None, new] for name, (_old, new) in diff.items()}
    key = row.api_key_id and {"id": row.api_key_id, "name": row.key_name}
    return {**row._mapping, "diff": diff, "api_key": key}
