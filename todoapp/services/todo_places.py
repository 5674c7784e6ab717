"""Where a todo belongs: its list, its parent, its assignee, which must fit together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, bindparam, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from todoapp.db import db, writer
from todoapp.errors import Conflict, Invalid, NotFound, together
from todoapp.models import Membership, Todo, TodoList, User
from todoapp.prepared import Prepared
from todoapp.services import row_scopes, todo_tree
from todoapp.services.access import Actor, Permission, Sight, list_for


@dataclass(frozen=True)
class Place:
    """A list with a parent and an assignee that fit it."""

    #: None: the Inbox, which the statement that adds the todo finds.
    list_id: int | None
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


class Directory:
    """The lists and members that one call names: what was looked up is not looked up again."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        #: By what was asked for; None asks for the Inbox.
        self._lists: dict[int | None, int] = {}
        self._members: dict[tuple[str, int], int] = {}

    def list_id(self, asked: int | None) -> int:
        """Return the id of the list, into which the actor may write; None: of their Inbox.

        Raises Invalid, and Forbidden when it may only be read.
        """
        if asked not in self._lists:
            found = _own_inbox(self._actor) if asked is None else writable_list(self._actor, asked)
            self._lists[asked] = found
        return self._lists[asked]

    def member_id(self, username: str | None, list_id: int) -> int | None:
        """Return the id of the member of the list; None: nobody's. Raises Invalid."""
        if username is None:
            return None
        if (username, list_id) not in self._members:
            self._members[username, list_id] = _member(username, list_id)
        return self._members[username, list_id]


def find_place(actor: Actor, wanted: Mapping[str, Any], known: Directory) -> Place:
    """Return the place that `wanted` asks for, for a new todo.

    Raises Invalid with all that does not fit, and Forbidden when the list may only be read.
    """
    list_id = known.list_id(wanted.get("list_id"))
    parent_id, assigned_to_id = together(
        lambda: _parent(actor, wanted["parent_id"], list_id),
        lambda: known.member_id(wanted["assigned_to"], list_id),
    )
    return Place(list_id, parent_id, assigned_to_id)


def _parent(actor: Actor, parent_id: int | None, list_id: int) -> int | None:
    if parent_id is not None:
        todo_tree.lock([list_id])
        refused = todo_tree.refused_parents(actor, {None: parent_id}, {None: list_id})
        if refused:
            raise Invalid(list(refused.values()))
    return parent_id


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


def after_last(list_id: Any) -> ColumnElement[float]:
    """Return what `next_position` does, as an expression within a statement."""
    last = select(func.coalesce(func.max(Todo.position), 0)).where(Todo.list_id == list_id)
    return Truncated(last.scalar_subquery()) + 1


class Truncated(GenericFunction[float]):
    """A number without what is behind its point."""

    type = Float()
    name = "truncated"
    inherit_cache = True


@compiles(Truncated, "postgresql")
def _postgresql(element: Truncated, compiler: SQLCompiler, **options: Any) -> str:
    return f"trunc({compiler.process(element.clauses, **options)})"


@compiles(Truncated, "sqlite")
def _sqlite(element: Truncated, compiler: SQLCompiler, **options: Any) -> str:
    # Its own trunc() is not in every build.
    return f"CAST({compiler.process(element.clauses, **options)} AS INTEGER)"


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


def _member(username: str, list_id: int) -> int:
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


def uid_taken(actor: Actor, todo_id: int) -> Conflict:
    """Return the refusal of a `uid` that another todo of the list has, named if it is seen."""
    if row_scopes.covers(actor, todo_id):
        detail = f"Todo {todo_id} of this list has the same uid."
        return Conflict(detail, code="uid-taken", todo_id=todo_id)
    return Conflict("Another todo of this list has the same uid.", code="uid-taken")
