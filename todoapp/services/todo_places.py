"""Where a todo belongs: its list, its parent, its assignee, which must fit together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select, update

from todoapp.db import db, writer
from todoapp.errors import Conflict, Invalid, NotFound, together
from todoapp.limits import Action, Noun
from todoapp.models import Membership, Todo, TodoList, User
from todoapp.prepared import Prepared
from todoapp.services import row_scopes, todo_tree
from todoapp.services.access import Actor, Permission, Sight, list_for
from todoapp.services.changes import Entry

Ids = Select[tuple[int]]
#: The id of a list by what was asked for; None asks for the Inbox.
KnownLists = dict[int | None, int]


@dataclass(frozen=True)
class Place:
    """A list with a parent and an assignee that fit it."""

    list_id: int
    parent_id: int | None
    assigned_to_id: int | None

    @property
    def columns(self) -> dict[str, int | None]:
        """The place as columns of a todo."""
        return {
            "list_id": self.list_id,
            "parent_id": self.parent_id,
            "assigned_to_id": self.assigned_to_id,
        }


def find_place(
    actor: Actor, wanted: dict[str, Any], todo: Todo | None, known: KnownLists | None = None
) -> Place:
    """Return the place that `wanted` asks for; where it is silent, `todo`'s (None: a new one).

    `known` are the lists that this call has asked for before. Raises Invalid with all that does
    not fit, and Forbidden when the list may only be read.
    """
    list_id = _list(actor, wanted, todo, {} if known is None else known)
    parent_id, assigned_to_id = together(
        lambda: _parent(actor, wanted, todo, list_id), lambda: _assignee(wanted, todo, list_id)
    )
    return Place(list_id, parent_id, assigned_to_id)


# Built once: these run in every creation, while every other writer waits.
_INBOX = Prepared(
    lambda _dialect: select(TodoList.id).where(TodoList.inbox_of == bindparam("user_id"))
)
_LAST_POSITION = select(func.max(Todo.position)).where(Todo.list_id == bindparam("list_id"))


def inbox_of(user_id: int) -> int:
    """Return the id of the user's Inbox, which stays: to find it, no transaction is begun."""
    list_id: int = _INBOX.first(user_id=user_id)[0]
    return list_id


def next_position(list_id: int) -> float:
    """Return the position after the list's last, the first being 1."""
    db.session.flush()
    return after(writer().execute(_LAST_POSITION, {"list_id": list_id}).scalar_one())


def after(last: float | None) -> float:
    """Return the first whole position after `last`; None: nothing is there."""
    return 1.0 if last is None else float(int(last) + 1)


def _list(actor: Actor, wanted: dict[str, Any], todo: Todo | None, known: KnownLists) -> int:
    if todo is not None and "list_id" not in wanted:
        return todo.list_id
    asked = wanted.get("list_id")
    if asked not in known:
        known[asked] = _own_inbox(actor) if asked is None else writable_list(actor, asked)
    return known[asked]


def _own_inbox(actor: Actor) -> int:
    list_id = inbox_of(actor.user_id)
    return writable_list(actor, list_id) if actor.sight == Sight.LIMITED else list_id


def writable_list(actor: Actor, list_id: int) -> int:
    """Return the id of a list that a body names. Raises Invalid, and Forbidden for viewers."""
    try:
        found = list_for(actor, list_id, Permission.WRITE)
    except NotFound:
        raise Invalid.field("list_id", "unknown", "No such list.") from None
    if found.deleted_at is not None:
        raise Invalid.field("list_id", "trashed", "Is in the trash.")
    return found.id


def _parent(actor: Actor, wanted: dict[str, Any], todo: Todo | None, list_id: int) -> int | None:
    present = todo.parent_id if todo else None
    parent_id: int | None = wanted.get("parent_id", present)
    if parent_id is None:
        return None
    moves = todo is not None and todo.list_id != list_id
    if moves and "parent_id" not in wanted:
        raise Invalid.field(
            "parent_id", "other_list", f"Its parent stays behind: send null, or one of {list_id}."
        )
    if moves or parent_id != present:
        todo_tree.lock(list_id)
        todo_id = todo.id if todo else None
        todo_tree.check_parent(actor, parent_id, list_id=list_id, todo_id=todo_id)
    return parent_id


def _assignee(wanted: dict[str, Any], todo: Todo | None, list_id: int) -> int | None:
    if "assigned_to" in wanted:
        return _member(wanted["assigned_to"], list_id)
    if todo is None or todo.assignee is None:
        return None
    if todo.list_id == list_id:
        return todo.assigned_to_id
    return _member(todo.assignee.username, list_id)


def _member(username: str | None, list_id: int) -> int | None:
    if username is None:
        return None
    statement = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(User.username == username, Membership.list_id == list_id)
        # Who is being removed at this moment is waited for.
        .with_for_update(of=Membership, key_share=True, read=True)
    )
    user_id = db.session.scalar(statement)
    if user_id is None:
        raise Invalid.field("assigned_to", "not_a_member", f"{username} is no member of the list.")
    return user_id


def move(actor: Actor, todo: Todo, place: Place, *, at: datetime) -> list[Entry]:
    """Take the todo, with all below it, to another list; return what to record of the others.

    The whole subtree moves in one statement: the foreign keys hold after it, not in its midst.
    Raises Forbidden when the filter of the actor's key does not select all of them, Conflict when
    the list has a `uid` of one of them, Invalid when somebody assigned below is no member of it.
    """
    left, tree = todo.list_id, todo_tree.subtree(todo.id)
    ids = list(db.session.scalars(tree))
    row_scopes.require(actor, Todo.id.in_(tree))
    _check_uids(actor, tree, place.list_id)
    _check_assignees(tree.where(tree.selected_columns[0] != todo.id), place.list_id)
    root = Todo.id == todo.id
    statement = (
        update(Todo)
        .where(Todo.id.in_(tree))
        .values(
            list_id=place.list_id,
            parent_id=case((root, place.parent_id), else_=Todo.parent_id),
            assigned_to_id=case((root, place.assigned_to_id), else_=Todo.assigned_to_id),
            version=case((root, Todo.version), else_=Todo.version + 1),
            updated_at=case((root, Todo.updated_at), else_=at),
        )
    )
    db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.refresh(todo)
    leaves = [Entry(Noun.TODO, id_, Action.LEAVE, left) for id_ in ids]
    diff = {"list_id": [left, place.list_id]}
    below = (id_ for id_ in ids if id_ != todo.id)
    return leaves + [Entry(Noun.TODO, id_, Action.ENTER, place.list_id, diff) for id_ in below]


def _check_uids(actor: Actor, ids: Ids, list_id: int) -> None:
    uids = select(Todo.uid).where(Todo.id.in_(ids))
    taken = db.session.scalar(select(Todo.id).where(Todo.list_id == list_id, Todo.uid.in_(uids)))
    if taken is not None:
        raise uid_taken(actor, taken)


def uid_taken(actor: Actor, todo_id: int) -> Conflict:
    """Return the refusal of a `uid` that another todo of the list has, named if it is seen."""
    if row_scopes.covers(actor, todo_id):
        detail = f"Todo {todo_id} of this list has the same uid."
        return Conflict(detail, code="uid-taken", todo_id=todo_id)
    return Conflict("Another todo of this list has the same uid.", code="uid-taken")


def _check_assignees(ids: Ids, list_id: int) -> None:
    members = select(Membership.user_id).where(Membership.list_id == list_id)
    stray = db.session.scalar(
        select(Todo.id).where(
            Todo.id.in_(ids), Todo.assigned_to_id.is_not(None), Todo.assigned_to_id.not_in(members)
        )
    )
    if stray is not None:
        raise Invalid.field(
            "list_id", "not_a_member", f"Subtask {stray} is assigned to no member of that list."
        )
