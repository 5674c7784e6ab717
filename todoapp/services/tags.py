"""Tags, counted and changed wherever they are.

A tag is no row of its own: it is there as long as a todo carries it, and its spellings are one tag
by their key. Changing it changes the todos that carry it in every list where the actor may edit,
those in the trash too: one that is restored later does not bring the old name back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Row,
    Select,
    Update,
    cast,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import aliased

from todoapp.column_types import BigId
from todoapp.db import db, reader
from todoapp.errors import NotFound
from todoapp.limits import IDS_AT_ONCE, Action, Noun
from todoapp.models import TagCount, Todo, TodoTag
from todoapp.models.todo import Sortable
from todoapp.schemas.tag import TagPatch
from todoapp.services import changes
from todoapp.services.access import (
    SEATS,
    Actor,
    Permission,
    refuse_filtered,
    require_role,
    visible_lists,
    writable_lists,
)
from todoapp.text import fold, has_control

Body = Mapping[str, Any]
Retag = Delete | Update


def page(
    actor: Actor, query: Mapping[str, Any], after: str | None
) -> tuple[Sequence[Row[Any]], tuple[str] | None]:
    """Return the tags of the todos that the actor sees, by key, and where the next page begins.

    Each is a schemas.tag.TagOut. The trash is not counted. With `beginning` in `query` they are
    those whose names begin so. Raises Forbidden for a key that is limited to some todos.
    """
    refuse_filtered(actor)
    size = query["page_size"]
    which = [] if after is None else [_exactly(TagCount.key) > after]
    if "beginning" in query:
        which.append(TagCount.key.startswith(fold(query["beginning"]), autoescape=True))
    statement = _counted(actor, *which).limit(size + 1)
    rows = reader().execute(statement).all()
    return rows[:size], (rows[size - 1].key,) if len(rows) > size else None


def read(actor: Actor, name: str) -> Row[Any]:
    """Return the tag as `page` does. Raises NotFound where no todo outside the trash has it."""
    found = reader().execute(_counted(actor, TagCount.key == _key(name))).first()
    if found is None:
        raise NotFound("No such tag.")
    return found


def merges_with(actor: Actor, name: str, wanted: str) -> Row[Any] | None:
    """Return the other tag, as `page` does, that `name` would be one with if it were `wanted`."""
    if has_control(wanted) or _key(wanted) == _key(name):
        return None
    return reader().execute(_counted(actor, TagCount.key == _key(wanted))).first()


def rename(actor: Actor, name: str, body: Body, *, at: datetime) -> Any:
    """Give the tag the name that `body` (schemas.tag.TagPatch) holds; return it as `page` does.

    A todo that has a tag of that name already keeps it, at its place and in the new spelling.
    Raises NotFound, Forbidden and Invalid, in this order.
    """
    refuse_filtered(actor)
    key = _key(name)
    todo_ids = _carriers(actor, key)
    wanted: str = TagPatch.parse(body)["name"]
    _retag(actor, todo_ids, _renaming(key, wanted), at=at)
    shown = reader().execute(_counted(actor, TagCount.key == fold(wanted))).first()
    return shown or {"name": wanted, "todo_count": 0}  # it may be in the trash alone


def remove(actor: Actor, name: str, *, at: datetime) -> None:
    """Take the tag off every todo. Raises NotFound and Forbidden."""
    refuse_filtered(actor)
    key = _key(name)
    removing = delete(TodoTag).where(TodoTag.key == key)
    _retag(actor, _carriers(actor, key), [removing], at=at)


def _key(name: str) -> str:
    """Return the key of a name as it stands in a URL."""
    if has_control(name):  # PostgreSQL would not even compare it
        raise NotFound("No such tag.")
    return fold(name.strip())


def _carriers(actor: Actor, key: str) -> Sequence[int]:
    """Return the ids of the todos with the tag that the actor may change, and lock them.

    They are locked in the order of their ids, lest two that rename wait for each other. Raises
    NotFound and Forbidden.
    """
    statement = select(Todo.id).where(_carries(key)).order_by(Todo.id)
    locked = statement.with_for_update(of=Todo, key_share=True)
    ids = db.session.scalars(locked.where(Todo.list_id.in_(writable_lists(actor)))).all()
    if not ids:
        _refuse(actor, key)
    return ids


def _refuse(actor: Actor, key: str) -> None:
    """Raise what fits a tag that is on no todo that the actor may change."""
    seat = SEATS[actor.sight]
    role = db.session.scalar(
        select(seat.c.role)
        .join(Todo, Todo.list_id == seat.c.list_id)
        .where(_carries(key))
        .limit(1)
        .params(actor.bound)
    )
    if role is None:
        raise NotFound("No such tag.")
    require_role(role, Permission.WRITE)


def _carries(key: str) -> ColumnElement[bool]:
    # Asked of each todo of the lists, and not the other way round: others' todos may have the tag,
    # too, and be many more.
    carried = select(TodoTag.todo_id).where(TodoTag.todo_id == Todo.id, TodoTag.key == key)
    return carried.correlate(Todo).exists()


def _renaming(key: str, name: str) -> list[Retag]:
    """Return what gives the tag another name: where both are, the one with the new key stays."""
    new, target = fold(name), aliased(TodoTag)
    both = select(target.todo_id).where(target.todo_id == TodoTag.todo_id, target.key == new)
    merging = delete(TodoTag).where(TodoTag.key == key, TodoTag.key != new, both.exists())
    naming = update(TodoTag).where(TodoTag.key.in_((key, new))).values(key=new, name=name)
    return [merging, naming]


def _retag(
    actor: Actor, todo_ids: Sequence[int], statements: Sequence[Retag], *, at: datetime
) -> None:
    """Run `statements` on the tags of these todos; count and record what they have changed."""
    entries: list[changes.Entry] = []
    for start in range(0, len(todo_ids), IDS_AT_ONCE):
        some = todo_ids[start : start + IDS_AT_ONCE]
        before = _tags(some)
        for statement in statements:
            _run(statement.where(TodoTag.todo_id.in_(some)))
        entries += _touch(before, _tags(some), at=at)
    changes.record(actor, entries, at=at)


def _tags(todo_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the tags of each todo, in their order."""
    found: dict[int, list[str]] = {id_: [] for id_ in todo_ids}
    statement = select(TodoTag.todo_id, TodoTag.name).where(TodoTag.todo_id.in_(todo_ids))
    for todo_id, name in db.session.execute(statement.order_by(TodoTag.todo_id, TodoTag.position)):
        found[todo_id].append(name)
    return found


def _touch(
    before: dict[int, list[str]], after: dict[int, list[str]], *, at: datetime
) -> list[changes.Entry]:
    """Give each todo whose tags have changed a new version; return what is to be recorded."""
    diffs = {id_: [old, after[id_]] for id_, old in before.items() if old != after[id_]}
    statement = (
        update(Todo)
        .where(Todo.id.in_(list(diffs)))
        .values(version=Todo.version + 1, updated_at=at)
        .returning(Todo.id, Todo.list_id)
    )
    return [
        changes.Entry(Noun.TODO, row.id, Action.UPDATE, row.list_id, {"tags": diffs[row.id]})
        for row in sorted(_run(statement).all())
    ]


def _run(statement: Any) -> Any:
    """Run a statement on rows that no entity stands for here."""
    return db.session.execute(statement.execution_options(synchronize_session=False))


def _counted(actor: Actor, *which: ColumnElement[bool]) -> Select[Any]:
    """Return the select of tags: key, name, todo_count, by key.

    The name is the spelling that most of the todos have, of several such the smallest.
    """
    spelling = _spellings(actor, *which).subquery("spelling")
    best = [spelling.c.uses.desc(), _exactly(spelling.c.name)]
    ranked = select(
        spelling.c.key,
        spelling.c.name,
        # PostgreSQL's sum of whole numbers is a decimal.
        cast(func.sum(spelling.c.uses).over(partition_by=spelling.c.key), BigId).label(
            "todo_count"
        ),
        func.row_number().over(partition_by=spelling.c.key, order_by=best).label("place"),
    ).subquery("ranked")
    first = select(ranked.c.key, ranked.c.name, ranked.c.todo_count).where(ranked.c.place == 1)
    return first.order_by(_exactly(ranked.c.key))


def _spellings(actor: Actor, *which: ColumnElement[bool]) -> Select[Any]:
    """Return the select of what the database has counted of them: see models.tag_count."""
    uses = func.sum(TagCount.uses)
    return (
        select(TagCount.key, TagCount.name, uses.label("uses"))
        .where(TagCount.list_id.in_(visible_lists(actor)), *which)
        .group_by(TagCount.key, TagCount.name)
        .having(uses > 0)
    )


def _exactly(text: Any) -> ColumnElement[str]:
    """Return text that compares by code point, on both engines and whatever the locale."""
    return cast(text, Sortable)
