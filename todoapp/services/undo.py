"""Taking back an operation: all that one call did, if nobody has changed it since.

First everything is checked, then it is done by the services that did it, so that their rules hold
and the undoing is in the log like anything else. It can be undone in turn.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from todoapp.db import db
from todoapp.errors import Conflict, Forbidden, NotFound
from todoapp.limits import Action, Noun
from todoapp.models import Change, Todo, TodoList
from todoapp.services import lists, todo_access, todos, trash
from todoapp.services.access import Actor, refuse_filtered, visible_lists, writable_lists
from todoapp.services.preconditions import UNCONDITIONAL
from todoapp.services.todo_edits import Unfit
from todoapp.services.todo_writes import facts_of

#: What an operation touched, by noun and id.
Things = dict[tuple[str, int], Any]
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

    def add(self, change: Row[Any]) -> None:
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
    operation_id = change.operation_id
    effects = _effects(operation_id)
    things = _load(effects)
    _check_access(actor, operation_id)
    changed = (_conflict(effect, things.get((effect.noun, effect.id))) for effect in effects)
    _refuse([*filter(None, changed), *_newcomers(effects, operation_id)])
    _take_back(actor, effects, things, at)
    return operation_id


def _effects(operation_id: str) -> list[Effect]:
    """Return what the operation did, by thing, in the order in which it began with each."""
    effects: dict[tuple[str, int], Effect] = {}
    told = select(Change.noun, Change.noun_id, Change.action, Change.diff)
    statement = told.where(Change.operation_id == operation_id).order_by(Change.id)
    for change in db.session.execute(statement):
        if not is_undoable(change):
            raise Conflict("What this did cannot be undone.", code="not-undoable")
        if change.action != Action.LEAVE:  # the other side of an ENTER
            key = (change.noun, change.noun_id)
            effects.setdefault(key, Effect(*key)).add(change)
    return list(effects.values())


def is_undoable(change: Row[Any]) -> bool:
    """Tell whether what a change did is of a kind that can be taken back."""
    if change.action == Action.PURGE:
        return False
    if change.noun == Noun.LIST:
        return "members" not in change.diff
    return bool(change.noun == Noun.TODO)


def _check_access(actor: Actor, operation_id: str) -> None:
    """Ask for the lists in which it was done, and for those that its todos, locked, are in now."""
    writable = writable_lists(actor)
    done = select(Change.id).where(Change.operation_id == operation_id)
    todos_now = select(Todo.id).where(Todo.id.in_(_touched(operation_id, Noun.TODO)))
    for beyond in (
        done.where(Change.list_id.not_in(writable)),
        todos_now.where(Todo.list_id.not_in(writable)),
    ):
        if db.session.scalar(beyond.limit(1)) is not None:
            raise Forbidden("You may not change everything that this did.")


def _load(effects: Iterable[Effect]) -> Things:
    """Return all that the operation touched and is still there, locked against other writers."""
    ids: dict[str, list[int]] = {Noun.LIST: [], Noun.TODO: []}
    for effect in effects:
        ids[effect.noun].append(effect.id)
    rows = select(TodoList).where(TodoList.id.in_(ids[Noun.LIST])).order_by(TodoList.id)
    locked = db.session.scalars(rows.with_for_update(key_share=True))
    return {
        **{(Noun.LIST, one.id): one for one in locked},
        **{(Noun.TODO, todo.id): todo for todo in todo_access.load(ids[Noun.TODO])},
    }


def _touched(operation_id: str, noun: Noun, *actions: Action) -> Select[tuple[int]]:
    """Return the select of the ids of what the operation touched, or did `actions` to."""
    ids = select(Change.noun_id).where(Change.operation_id == operation_id, Change.noun == noun)
    return ids.where(Change.action.in_(actions)) if actions else ids


def _conflict(effect: Effect, thing: Any) -> dict[str, Any] | None:
    """Return what of it is no longer as the operation has left it; None: nothing."""
    fields = ["id"] if thing is None else list(_changed(effect, thing))
    return {"noun": effect.noun, "id": effect.id, "fields": fields} if fields else None


def _changed(effect: Effect, thing: Any) -> Iterator[str]:
    facts = facts_of(thing) if effect.noun == Noun.TODO else lists.facts_of(thing)
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


def _take_back(actor: Actor, effects: list[Effect], things: Things, at: datetime) -> None:
    """Bring back, change back, throw away, in this order: what is in the trash does not change."""
    of_lists = [effect for effect in effects if effect.noun == Noun.LIST]
    of_todos = [effect for effect in effects if effect.noun == Noun.TODO]
    for effect in filter(_is_lost, of_lists):
        lists.restore(actor, effect.id, {}, UNCONDITIONAL, at=at)
    lost = trash.among([effect.id for effect in of_todos if _is_lost(effect)], trashed=True)
    trash.restore_all(actor, *lost, at=at)
    for effect in of_lists:
        if effect.old:
            lists.patch(actor, effect.id, effect.old, UNCONDITIONAL, at=at)
    _change_back(actor, of_todos, things, at)
    gained = trash.among([effect.id for effect in of_todos if _is_gained(effect)], trashed=False)
    trash.trash_all(actor, *gained, at=at)
    for effect in filter(_is_gained, of_lists):
        lists.trash(actor, effect.id, UNCONDITIONAL, at=at)


def _is_lost(effect: Effect) -> bool:
    return effect.was_live and not effect.is_live


def _is_gained(effect: Effect) -> bool:
    return effect.is_live and not effect.was_live


def _change_back(actor: Actor, effects: Iterable[Effect], things: Things, at: datetime) -> None:
    """Change the todos back, all at once: one by one, they might not fit together in between."""
    changed = [effect for effect in effects if effect.old]
    todo_access.load([effect.id for effect in changed if _is_lost(effect)])  # they have come back
    back = [(things[effect.noun, effect.id], effect.old) for effect in changed]
    try:
        todos.patch_all(actor, back, at=at)
    except Unfit as error:  # such as an assignee who has left the list
        fields = [one.where.lstrip("/") for one in error.errors]
        _refuse([{"noun": Noun.TODO, "id": error.todo_id, "fields": fields}])
