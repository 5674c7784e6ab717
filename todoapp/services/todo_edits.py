"""What is wanted of todos that are there, and whether all of it fits together.

Many todos are looked at together, in as many statements as one. So it is asked how all of them
will stand in the end, whatever their order: where two that are parent and child both move, neither
is in the way of the other. What hangs below a todo that moves goes along.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from todoapp.db import db, portions
from todoapp.errors import Conflict, FieldError, Invalid
from todoapp.models import Todo
from todoapp.services import row_scopes, todo_access, todo_tree
from todoapp.services.access import Actor
from todoapp.services.todo_places import Directory, Place, inbox_of, uid_taken
from todoapp.services.todo_values import wanted_status


class Unfit(Invalid):
    """What is wanted of one of several todos does not fit."""

    def __init__(self, todo_id: int, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.todo_id = todo_id


class Edit:
    """A todo, locked, with what is wanted of it (values of schemas.todo.TodoPatch).

    `unset_status` is what its status becomes where none is wanted; None: it stays.
    """

    def __init__(
        self, todo: Todo, wanted: Mapping[str, Any], *, unset_status: str | None = None
    ) -> None:
        self.todo, self.wanted = todo, wanted
        #: Where and how it will stand.
        self.list_id = todo.list_id
        self.parent_id: int | None = wanted.get("parent_id", todo.parent_id)
        self.assigned_to_id = todo.assigned_to_id
        self.status = todo.status
        #: What does not fit.
        self.errors: list[FieldError] = []
        with self.checking():
            self.status = wanted_status(todo.status, wanted, unset=unset_status or todo.status)

    @property
    def moves(self) -> bool:
        """Whether it goes to another list."""
        return self.list_id != self.todo.list_id

    @property
    def follows(self) -> bool:
        """Whether it goes where its parent goes."""
        return not self.wanted.keys() & {"list_id", "parent_id"}

    @property
    def place(self) -> Place:
        """Where it will be."""
        return Place(self.list_id, self.parent_id, self.assigned_to_id)

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Keep what the block finds wrong, so that all of it can be told together."""
        try:
            yield
        except Invalid as error:
            self.errors += error.errors


def settle(actor: Actor, edits: Sequence[Edit]) -> list[Edit]:
    """Find out where the todos will be; return them, and those that go along with one of them.

    Raises Unfit with all that is wrong with the first that does not fit, Forbidden where a list may
    only be read or the filter of the actor's key does not select what goes along, and Conflict
    when a list has the `uid` of one that comes.
    """
    todo_tree.lock(_lists_at_stake(actor, edits))
    known = Directory(actor)
    for edit in edits:
        _find_list(edit, known)
    every = [*edits, *_along(actor, edits)]
    _check_parents(actor, edits, {edit.todo.id: edit for edit in every})
    for edit in every:
        with edit.checking():
            _assign(edit, known)
        if edit.errors:
            raise Unfit(edit.todo.id, edit.errors)
    _check_uids(actor, [edit for edit in every if edit.moves])
    return every


def _lists_at_stake(actor: Actor, edits: Sequence[Edit]) -> set[int]:
    """Return the ids of the lists whose trees may change: to lock them before looking at them."""
    stakes: set[int] = set()
    for edit in edits:
        here = edit.todo.list_id
        asked = edit.wanted.get("list_id", here)
        there = inbox_of(actor.user_id) if asked is None else asked
        if there != here or edit.parent_id not in (None, edit.todo.parent_id):
            stakes |= {here, there}
    return stakes


def _find_list(edit: Edit, known: Directory) -> None:
    if "list_id" not in edit.wanted:
        return
    try:
        edit.list_id = known.list_id(edit.wanted["list_id"])
    except Invalid as error:  # what else belongs together cannot be asked without it
        raise Unfit(edit.todo.id, edit.errors + error.errors) from None


def _along(actor: Actor, edits: Sequence[Edit]) -> list[Edit]:
    """Return what goes along with those that move; move it, and what else follows them."""
    moving = [edit.todo.id for edit in edits if edit.moves]
    if not moving:
        return []
    asked = {edit.todo.id: edit for edit in edits}
    below = [id_ for id_ in todo_tree.with_below(moving) if id_ not in asked]
    row_scopes.require_ids(actor, below)
    along = [Edit(todo, {}) for todo in todo_access.load(below)]
    every = asked | {edit.todo.id: edit for edit in along}
    for edit in every.values():
        edit.list_id = _list_of(edit, every)
    return [edit for edit in along if edit.moves]


def _list_of(edit: Edit, every: Mapping[int, Edit]) -> int:
    above = every.get(edit.todo.parent_id or 0)
    return _list_of(above, every) if above and edit.follows else edit.list_id


def _check_parents(actor: Actor, edits: Sequence[Edit], every: Mapping[int | None, Edit]) -> None:
    new: dict[int | None, int] = {}
    for edit in edits:
        if edit.parent_id is None:
            continue
        above = every.get(edit.parent_id)
        stays = edit.parent_id == edit.todo.parent_id
        if stays and edit.list_id == (above.list_id if above else edit.todo.list_id):
            continue
        if "parent_id" in edit.wanted:
            new[edit.todo.id] = edit.parent_id
        else:
            detail = f"Its parent stays behind: send null, or one of {edit.list_id}."
            edit.errors.append(FieldError("/parent_id", "other_list", detail))
    lists: dict[int | None, int] = {edit.todo.id: edit.list_id for edit in every.values()}
    for todo_id, error in todo_tree.refused_parents(actor, new, lists).items():
        every[todo_id].errors.append(error)


def _assign(edit: Edit, known: Directory) -> None:
    if "assigned_to" in edit.wanted:
        edit.assigned_to_id = known.member_id(edit.wanted["assigned_to"], edit.list_id)
    elif edit.moves and edit.todo.assignee is not None:
        try:
            known.member_id(edit.todo.assignee.username, edit.list_id)
        except Invalid:
            if edit.wanted:
                raise
            detail = f"Subtask {edit.todo.id} is assigned to no member of that list."
            raise Invalid.field("list_id", "not_a_member", detail) from None


def _check_uids(actor: Actor, moving: Sequence[Edit]) -> None:
    coming: dict[int, list[str]] = {}
    for edit in moving:
        coming.setdefault(edit.list_id, []).append(edit.todo.uid)
    for list_id, uids in coming.items():
        if len(set(uids)) < len(uids):
            raise Conflict("Two of these todos have the same uid.", code="uid-taken")
        for some in portions(uids):
            same = select(Todo.id).where(Todo.list_id == list_id, Todo.uid.in_(some))
            taken = db.session.scalar(same)
            if taken is not None:
                raise uid_taken(actor, taken)
