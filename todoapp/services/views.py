"""Saved views: a filter and a sort with a name.

A personal one is its maker's alone. One with a list belongs to the list, as its todos do: its
members see it, its editors change it, it stays when its maker leaves, and is away while the list is
in the trash.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from todoapp.db import db
from todoapp.errors import Conflict, Forbidden, NotFound, together
from todoapp.limits import FILTER_MAX, VIEWS_MAX, Action, Noun
from todoapp.models import View
from todoapp.schemas.strict import Strict
from todoapp.schemas.view import ViewCreate, ViewOut, ViewPatch, ViewPut
from todoapp.services import changes, filter_language, view_rows
from todoapp.services.access import (
    Actor,
    Permission,
    hold,
    refuse_filtered,
    refuse_limited,
    require_role,
)
from todoapp.services.preconditions import Precondition
from todoapp.services.todo_places import writable_list
from todoapp.text import fold

Body = Mapping[str, Any]

DEFAULTS: dict[str, Any] = {"filter": None, "sort": None}
_SORT = "-created_at"


def create(actor: Actor, body: Body, *, at: datetime) -> int:
    """Add the view that `body` (schemas.view.ViewCreate) describes; return its id.

    Raises Invalid, Forbidden where the actor may only look, Conflict where there are VIEWS_MAX.
    """
    refuse_filtered(actor)
    wanted = DEFAULTS | {"list_id": None} | _checked(ViewCreate, body)
    view = View(user_id=actor.user_id, created_at=at, updated_at=at, version=1)
    _assign(actor, view, wanted)
    db.session.add(view)
    db.session.flush()
    diff = changes.diff({"filter": "", "list_id": None}, facts_of(view))
    changes.record(actor, [_entry(view, Action.CREATE, diff)], at=at)
    return view.id


def patch(
    actor: Actor, view_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change what `body` (ViewPatch) names. Raises as `create`, and NotFound and Stale."""
    view = _changeable(actor, view_id, body, precondition)
    _change(actor, view, _checked(ViewPatch, body), at=at)


def replace(
    actor: Actor, view_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change the view to what `body` (ViewPut) says, the rest to its defaults; as `patch`."""
    view = _changeable(actor, view_id, body, precondition)
    _change(actor, view, DEFAULTS | _checked(ViewPut, body), at=at)


def delete(actor: Actor, view_id: int, precondition: Precondition, *, at: datetime) -> None:
    """Delete the view; what it was stays in the log. Raises NotFound, Forbidden and Stale."""
    view = _changeable(actor, view_id, {}, precondition)
    facts = facts_of(view)
    entry = _entry(view, Action.DELETE, changes.diff(facts, dict.fromkeys(facts)))
    db.session.delete(view)
    changes.record(actor, [entry], at=at)


def forget(actor: Actor | None, user_id: int, *, at: datetime) -> None:
    """Delete somebody's personal views, without a trace of what they were."""
    statement = select(View).where(view_rows.personal(user_id)).order_by(View.id)
    gone = db.session.scalars(statement.with_for_update()).all()
    for view in gone:
        db.session.delete(view)
    changes.erase(Noun.VIEW, [view.id for view in gone])
    changes.record(actor, [_entry(view, Action.DELETE, {}) for view in gone], at=at)


def facts_of(view: View) -> dict[str, Any]:
    """Return what the change log keeps of a view, named and written as the API does."""
    return {
        "name": view.name,
        "filter": view.filter,
        "sort": view.sort,
        "list_id": view.list_id,
    }


def _changeable(actor: Actor, view_id: int, body: Body, precondition: Precondition) -> View:
    """Return the view, locked against other writers. Raises NotFound, Forbidden and Stale."""
    refuse_filtered(actor)
    statement = view_rows.rows(actor).where(View.id == view_id).with_for_update(of=View)
    found = db.session.execute(statement.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("No such view.")
    require_role(found.my_role, Permission.WRITE)
    view: View = found.View
    precondition.check(
        view.version,
        body,
        lambda: lambda base: ViewOut(base=base).dump(view_rows.read(actor, view_id)),
    )
    return view


def _checked(schema: type[Strict], body: Body) -> dict[str, Any]:
    """Return the values of `body`. Raises Invalid with all that is wrong, the filter included."""
    wanted, _ = together(lambda: schema.parse(body), lambda: _check_filter(body))
    return wanted  # type: ignore[no-any-return]


def _check_filter(body: Any) -> None:
    text = body.get("filter") if isinstance(body, Mapping) else None
    if not isinstance(text, str) or not text.strip() or len(text) > FILTER_MAX:
        return  # it is empty, or the schema refuses it
    filter_language.check(text)


def _change(actor: Actor, view: View, wanted: Body, *, at: datetime) -> None:
    before = facts_of(view)
    _assign(actor, view, wanted)
    diff = changes.diff(before, facts_of(view))
    if not diff:
        return
    view.version += 1
    view.updated_at = at
    db.session.flush()
    changes.record(actor, _entries(view, diff), at=at)


def _entries(view: View, diff: changes.Diff) -> list[changes.Entry]:
    """Return what to record: a new list is two changes, as with todos: it left, it entered."""
    if "list_id" not in diff:
        return [_entry(view, Action.UPDATE, diff)]
    left = changes.Entry(Noun.VIEW, view.id, Action.LEAVE, diff["list_id"][0])
    return [left, _entry(view, Action.ENTER, diff)]


def _entry(view: View, action: Action, diff: changes.Diff) -> changes.Entry:
    return changes.Entry(Noun.VIEW, view.id, action, view.list_id, diff)


def _assign(actor: Actor, view: View, wanted: Body) -> None:
    if "list_id" in wanted and (view.id is None or wanted["list_id"] != view.list_id):
        _place(actor, view, wanted["list_id"])
    if "name" in wanted:
        view.name, view.name_key = wanted["name"], fold(wanted["name"])
    if "filter" in wanted:
        view.filter = (wanted["filter"] or "").strip()
    if "sort" in wanted:
        view.sort = wanted["sort"] or _SORT


def _place(actor: Actor, view: View, list_id: int | None) -> None:
    """Share the view with a list, or keep it for its maker. Raises as `create`."""
    hold(actor)
    if list_id is not None:
        list_id = writable_list(actor, list_id)
    else:
        refuse_limited(actor)
        if view.user_id != actor.user_id:
            raise Forbidden("Who has made it alone can make it personal.")
    _refuse_full(view_rows.personal(view.user_id) if list_id is None else View.list_id == list_id)
    view.list_id = list_id


def _refuse_full(beside: ColumnElement[bool]) -> None:
    """Raise Conflict where there are enough; two at once may get past it, which does no harm."""
    count = db.session.scalars(select(func.count()).select_from(View).where(beside)).one()
    if count >= VIEWS_MAX:
        raise Conflict(f"There are {VIEWS_MAX} views here already: delete one first.")
