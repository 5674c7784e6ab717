"""One new todo and its entry in the change log, added by one statement on PostgreSQL.

Each statement is a journey to the server and back, which takes as long as to find a row. SQLite,
which has no INSERT within a WITH, is no journey away.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
    true,
)

from todoapp import single_write
from todoapp.db import current_unit, db, has_begun, writer
from todoapp.models import Change, Todo
from todoapp.services import changes
from todoapp.services.todo_places import after_last

_TODO: Table = Todo.__table__  # type: ignore[assignment]
_CHANGE: Table = Change.__table__  # type: ignore[assignment]


def is_possible() -> bool:
    """Tell whether the database can do it."""
    return db.engines[None].dialect.name == "postgresql"


def add(row: dict[str, Any], entry: dict[str, Any], *, whole: bool) -> int:
    """Add the todo with the columns `row`, and its entry, a row of `changes.row`; return its id.

    A position of None becomes the one after the last of the list. The statement puts into the
    entry what it alone knows: the todo's id, its position, and the transaction. `whole`: it is
    all that the unit of work writes, and may commit itself.
    """
    bound = {f"todo_{name}": value for name, value in row.items()}
    bound |= {f"change_{name}": value for name, value in entry.items()}
    statement, unit = _statement(tuple(row)), current_unit()
    if whole and not has_begun(unit):
        added = single_write.commit(statement, bound)
    else:
        added = tuple(writer().execute(statement, bound).one())
    todo_id: int
    todo_id, row["position"], change_id, unit.transaction_id = added
    unit.change_id = unit.change_id or change_id
    return todo_id


@cache
def _statement(names: tuple[str, ...]) -> Select[Any]:
    """Return the statement for todos of which these columns are given."""
    given: dict[str, Any] = {name: _bound("todo", _TODO, name) for name in names}
    given["position"] = func.coalesce(given["position"], after_last(given["list_id"]))
    added = insert(_TODO).values(given).returning(_TODO.c.id, _TODO.c.position).cte("added")
    told: dict[str, Any] = {
        column.name: _bound("change", _CHANGE, column.name) for column in _CHANGE.c
    }
    del told["id"]
    told |= {
        "noun_id": added.c.id,
        "transaction_id": changes.TRANSACTION_ID,
        "diff": _with_position(_bound("change", _CHANGE, "diff"), added.c.position),
    }
    logged = insert(_CHANGE).from_select(list(told), select(*told.values()).select_from(added))
    kept = logged.returning(_CHANGE.c.id, _CHANGE.c.transaction_id).cte("logged")
    return select(
        added.c.id, added.c.position, kept.c.id.label("change_id"), kept.c.transaction_id
    ).join_from(added, kept, true())


def _bound(prefix: str, table: Table, name: str) -> BindParameter[Any]:
    return bindparam(f"{prefix}_{name}", type_=table.c[name].type)


def _with_position(diff: Any, position: Any) -> Any:
    """Return the diff with the position that the todo has got at its end."""
    text = cast(diff, Text)
    begins = func.left(text, -1)
    written = cast(func.to_jsonb(position), Text)
    ends = func.concat(literal_column("', \"position\": [null, '"), written, literal_column("']}'"))
    return cast(func.concat(begins, ends), JSON)
