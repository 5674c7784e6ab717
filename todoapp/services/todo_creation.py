"""One new todo and its entry in the change log, added by one statement on PostgreSQL.

Each statement is a journey to the server and back, which takes as long as to find a row. SQLite,
which has no INSERT within a WITH, is no journey away.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    JSON,
    BindParameter,
    Insert,
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
from todoapp.models import Change, Todo, TodoList
from todoapp.services import changes
from todoapp.services.access import Actor, Sight
from todoapp.services.todo_places import after_last

_TODO: Table = Todo.__table__  # type: ignore[assignment]
_CHANGE: Table = Change.__table__  # type: ignore[assignment]
_LIST: Table = TodoList.__table__  # type: ignore[assignment]
#: What has to fit the list, or be looked for in it, before the todo is added.
_TIED_TO_LIST = ("list_id", "parent_id", "assigned_to", "uid")


def is_possible() -> bool:
    """Tell whether the database can do it."""
    return db.engines[None].dialect.name == "postgresql"


def finds_inbox(actor: Actor, wanted: Mapping[str, Any]) -> bool:
    """Tell whether the statement may find the list of `wanted`: the Inbox.

    It is the actor's own, so that nothing about it needs a check, unless their key is limited.
    """
    is_free = all(wanted.get(name) is None for name in _TIED_TO_LIST)
    return is_free and actor.sight == Sight.OWN and is_possible()


def add(row: dict[str, Any], entry: dict[str, Any], *, whole: bool) -> int:
    """Add the todo with the columns `row`, and its entry, a row of `changes.row`; return its id.

    A list of None becomes the Inbox of who creates it, a position of None the one after the list's
    last. The statement puts into the entry what it alone knows: the todo's id, its list, its
    position, and the transaction. `whole`: it is all that the unit of work writes, and may commit
    itself.
    """
    bound = {f"todo_{name}": value for name, value in row.items()}
    bound |= {f"change_{name}": value for name, value in entry.items()}
    statement, unit = _statement(tuple(row), row["list_id"] is None), current_unit()
    if whole and not has_begun(unit):
        added = single_write.commit(statement, bound)
    else:
        added = tuple(writer().execute(statement, bound).one())
    todo_id: int
    todo_id, row["list_id"], row["position"], change_id, unit.transaction_id = added
    unit.change_id = unit.change_id or change_id
    return todo_id


@cache
def _statement(names: tuple[str, ...], in_inbox: bool) -> Select[Any]:
    """Return the statement for todos of which these columns are given."""
    given: dict[str, Any] = {name: _bound("todo", _TODO, name) for name in names}
    if in_inbox:
        inbox = select(_LIST.c.id).where(_LIST.c.inbox_of == given["created_by_id"])
        given["list_id"] = inbox.scalar_subquery()
    given["position"] = func.coalesce(given["position"], after_last(given["list_id"]))
    found = (_TODO.c.id, _TODO.c.list_id, _TODO.c.position)
    added = insert(_TODO).values(given).returning(*found).cte("added")
    logged = _log(added).returning(_CHANGE.c.id, _CHANGE.c.transaction_id).cte("logged")
    numbers = (logged.c.id.label("change_id"), logged.c.transaction_id)
    return select(*added.c, *numbers).join_from(added, logged, true())


def _log(added: CTE) -> Insert:
    """Return the statement that adds the entry about what was `added`."""
    told: dict[str, Any] = {
        column.name: _bound("change", _CHANGE, column.name) for column in _CHANGE.c
    }
    del told["id"]
    told |= {
        "noun_id": added.c.id,
        "list_id": added.c.list_id,
        "transaction_id": changes.TRANSACTION_ID,
        "diff": _with_place(_bound("change", _CHANGE, "diff"), added),
    }
    return insert(_CHANGE).from_select(list(told), select(*told.values()).select_from(added))


def _bound(prefix: str, table: Table, name: str) -> BindParameter[Any]:
    return bindparam(f"{prefix}_{name}", type_=table.c[name].type)


def _with_place(diff: Any, added: CTE) -> Any:
    """Return the diff with the list that the todo has got at its beginning, the position last."""
    text = cast(diff, Text)
    begins = func.concat(
        literal_column("""'{"list_id": [null, '"""), added.c.list_id, literal_column("'], '")
    )
    middle = func.substr(text, 2, func.length(text) - 2)
    position = cast(func.to_jsonb(added.c.position), Text)
    ends = func.concat(
        literal_column("""', "position": [null, '"""), position, literal_column("']}'")
    )
    return cast(func.concat(begins, middle, ends), JSON)
