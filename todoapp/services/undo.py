"""Taking back an operation: all that one call did, if nobody has changed it since.

First everything is checked, then it is done by the services that did it, so that their rules hold
and the undoing is in the log like anything else. It can be undone in turn.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from todoapp.db import db
from todoapp.errors import Conflict, Forbidden, Invalid, NotFound
from todoapp.limits import IDS_AT_ONCE, Action, Noun
from todoapp.models import Change, Todo, TodoList
from todoapp.services import lists, todos, trash
from todoapp.services.access import Actor, refuse_filtered, visible_lists, writable_lists
from todoapp.services.preconditions import UNCONDITIONAL

#: How many conflicts an answer names.
_NAMED_MAX = 20


@dataclass
class Effect:
    """What an operation did to one thing."""

    noun: str
    id: int
    actions: list[str] = field(default_factory=list)
    #: The fields before, and after.
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        """Add a further change, later than those before."""
        self.actions.append(change.action)
        if change.action == Action.CREATE:
            return
        for name, (old, new) in change.diff.items():
            self.old.setdefault(name, old)
            self.new[name] = new

    @property
    def was_live(self) -> bool:
        """Whether it was there, outside the trash, before."""
        return self.actions[0] not in (Action.CREATE, Action.RESTORE)

    @property
    def is_live(self) -> bool:
        """Whether the operation left it outside the trash."""
        moved = [a for a in self.actions if a in (Action.TRASH, Action.RESTORE)]
        return not moved or moved[-1] == Action.RESTORE


def undo(actor: Actor, change_id: int, *, at: datetime) -> str:
    """Undo the operation that the change belongs to, and return the operation's id.

    Raises NotFound, Forbidden where the actor may not change all that it touched or has a key for
    some todos, and Conflict, with the facts, for what cannot be undone or has changed since.
    """
    refuse_filtered(actor)
    change = db.session.get(Change, change_id)
    if change is None or change.list_id not in set(db.session.scalars(visible_lists(actor))):
        raise NotFound("No such change.")
    effects = _effects(change.operation_id)
    _check_access(actor, change.operation_id)
    operation_id = change.operation_id
    things = _load(operation_id)
    changed = (_conflict(effect, things.get((effect.noun, effect.id))) for effect in effects)
    _refuse([*filter(None, changed), *_newcomers(effects, operation_id)])
    _take_back(actor, effects, operation_id, at)
    return operation_id


def _effects(operation_id: str) -> list[Effect]:
    """Return what the operation did, by thing, in the order in which it began with each."""
    effects: dict[tuple[str, int], Effect] = {}
    statement = select(Change).where(Change.operation_id == operation_id).order_by(Change.id)
    for change in db.session.scalars(statement):
        if not is_undoable(change):
            raise Conflict("What this did cannot be undone.", code="not-undoable")
        if change.action != Action.LEAVE:  # the other side of an ENTER
            key = (change.noun, change.noun_id)
            effects.setdefault(key, Effect(*key)).add(change)
    return list(effects.values())


def is_undoable(change: Change | Row[Any]) -> bool:
    """Tell whether what a change did is of a kind that can be taken back."""
    if change.noun == Noun.LIST:
        return "members" not in change.diff
    return change.noun == Noun.TODO and change.action != Action.PURGE


def _check_access(actor: Actor, operation_id: str) -> None:
    beyond = select(Change.id).where(
        Change.operation_id == operation_id, Change.list_id.not_in(writable_lists(actor))
    )
    if db.session.scalar(beyond.limit(1)) is not None:
        raise Forbidden("You may not change everything that this did.")


def _load(operation_id: str) -> dict[tuple[str, int], Any]:
    """Return all that the operation touched and is still there, locked against other writers."""
    things: dict[tuple[str, int], Any] = {}
    models: dict[Noun, Any] = {Noun.LIST: TodoList, Noun.TODO: Todo}
    for noun, model in models.items():
        rows = select(model).where(model.id.in_(_touched(operation_id, noun))).order_by(model.id)
        for thing in db.session.scalars(rows.with_for_update(of=model, key_share=True)):
            things[noun, thing.id] = thing
    return things


def _touched(operation_id: str, noun: Noun, *actions: Action) -> Select[tuple[int]]:
    """Return the select of the ids of what the operation touched, or did `actions` to."""
    ids = select(Change.noun_id).where(Change.operation_id == operation_id, Change.noun == noun)
    return ids.where(Change.action.in_(actions)) if actions else ids


def _conflict(effect: Effect, thing: Any) -> dict[str, Any] | None:
    """Return what of it is no longer as the operation has left it; None: nothing."""
    fields = ["id"] if thing is None else list(_changed(effect, thing))
    return {"noun": effect.noun, "id": effect.id, "fields": fields} if fields else None


def _changed(effect: Effect, thing: Any) -> Iterator[str]:
    facts = todos.facts_of(thing) if effect.noun == Noun.TODO else lists.facts_of(thing)
    yield from (name for name, value in effect.new.items() if facts[name] != value)
    if (thing.deleted_at is None) != effect.is_live:
        yield "deleted_at"
    if Action.CREATE in effect.actions and thing.version != 1:
        yield "version"


def _newcomers(effects: list[Effect], operation_id: str) -> Iterable[dict[str, Any]]:
    """Yield the todos that would go into the trash though the operation has not made them."""
    gained = [effect for effect in effects if _is_gained(effect)]
    if not gained:
        return
    list_ids = [effect.id for effect in gained if effect.noun == Noun.LIST]
    parents = _touched(operation_id, Noun.TODO, Action.CREATE, Action.RESTORE)
    statement = select(Todo.id).where(
        Todo.list_id.in_(list_ids) | Todo.parent_id.in_(parents),
        Todo.id.not_in(_touched(operation_id, Noun.TODO)),
        Todo.deleted_at.is_(None),
    )
    for todo_id in db.session.scalars(statement.limit(_NAMED_MAX)):
        yield {"noun": Noun.TODO, "id": todo_id, "fields": ["created_at"]}


def _refuse(conflicts: Sequence[dict[str, Any]]) -> None:
    if conflicts:
        count = len(conflicts)
        things = "1 thing has" if count == 1 else f"{count} things have"
        raise Conflict(
            f"Cannot be undone: {things} changed since.",
            code="changed-since",
            conflicts=list(conflicts[:_NAMED_MAX]),
        )


def _take_back(actor: Actor, effects: list[Effect], operation_id: str, at: datetime) -> None:
    """Bring back, change back, throw away, in this order: what is in the trash does not change."""
    of_lists = [effect for effect in effects if effect.noun == Noun.LIST]
    of_todos = [effect for effect in effects if effect.noun == Noun.TODO]
    for effect in filter(_is_lost, of_lists):
        lists.restore(actor, effect.id, {}, UNCONDITIONAL, at=at)
    for some in _portions(filter(_is_lost, of_todos)):
        trash.restore_all(actor, some & Todo.deleted_at.is_not(None), operation_id, at=at)
    for effect in reversed(effects):
        _change_back(actor, effect, at)
    for some in _portions(filter(_is_gained, of_todos)):
        trash.trash_all(actor, some & Todo.deleted_at.is_(None), at=at)
    for effect in filter(_is_gained, of_lists):
        lists.trash(actor, effect.id, UNCONDITIONAL, at=at)


def _is_lost(effect: Effect) -> bool:
    return effect.was_live and not effect.is_live


def _is_gained(effect: Effect) -> bool:
    return effect.is_live and not effect.was_live


def _portions(effects: Iterable[Effect]) -> Iterable[ColumnElement[bool]]:
    ids = [effect.id for effect in effects]
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield Todo.id.in_(ids[start : start + IDS_AT_ONCE])


def _change_back(actor: Actor, effect: Effect, at: datetime) -> None:
    if not effect.old:
        return
    patch = todos.patch if effect.noun == Noun.TODO else lists.patch
    try:
        patch(actor, effect.id, effect.old, UNCONDITIONAL, at=at)
    except Invalid as error:  # such as an assignee who has left the list
        fields = [one.where.lstrip("/") for one in error.errors]
        _refuse([{"noun": effect.noun, "id": effect.id, "fields": fields}])
