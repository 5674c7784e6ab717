"""Who is acting, what they may do, and the only way to a row by its id.

A row that the actor may not see is NotFound, exactly like one that does not exist; one that they
see but may not touch is Forbidden.
"""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from todoapp.db import db
from todoapp.errors import Forbidden, NotFound
from todoapp.limits import ListRole, Scope
from todoapp.models import Membership, Todo, TodoList


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody, as they are in this one call."""

    user_id: int
    username: str
    timezone: str
    #: What the credentials presented may be used for.
    scopes: frozenset[str]
    #: The key presented, if it was a key.
    key_id: int | None = None
    request_id: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where the actor's days begin and end."""
        return ZoneInfo(self.timezone)


class Permission(StrEnum):
    """What may be done with a list and what is in it."""

    READ = "read"
    WRITE = "write"  # its todos
    MANAGE = "manage"  # the list itself


#: What each role in a list may do.
PERMISSIONS: dict[str, frozenset[Permission]] = {
    ListRole.VIEWER: frozenset({Permission.READ}),
    ListRole.EDITOR: frozenset({Permission.READ, Permission.WRITE}),
    ListRole.OWNER: frozenset(Permission),
}


def require_scope(actor: Actor, scope: Scope) -> None:
    """Raise Forbidden, naming what is missing, unless the credentials have `scope`."""
    if scope not in actor.scopes:
        raise Forbidden(
            f"This key does not have the scope {scope}.",
            code="insufficient-scope",
            required_scope=str(scope),
        )


def seen_by_actor(list_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the join condition that the actor, bound as `actor_id`, is a member of a list."""
    return and_(Membership.list_id == list_id, Membership.user_id == bindparam("actor_id"))


def visible_lists(actor: Actor) -> Select[tuple[int]]:
    """Return the select of the ids of every list that `actor` may see."""
    return select(Membership.list_id).where(Membership.user_id == actor.user_id)


def writable_lists(actor: Actor) -> Select[tuple[int]]:
    """Return the select of the ids of every list whose todos `actor` may change."""
    roles = [role for role, may in PERMISSIONS.items() if Permission.WRITE in may]
    return visible_lists(actor).where(Membership.role.in_(roles))


def todo_for(actor: Actor, todo_id: int, permission: Permission) -> Todo:
    """Return the todo, locked against other writers, in the trash or not.

    Raises NotFound or Forbidden.
    """
    statement = (
        select(Todo, Membership.role)
        .join(Membership, seen_by_actor(Todo.list_id))
        .where(Todo.id == todo_id)
        # Its id stays what it is, so whoever refers to the todo need not wait: without key_share
        # two that move below each other's todo would wait for one another.
        .with_for_update(of=Todo, key_share=True)
    )
    found = db.session.execute(statement, {"actor_id": actor.user_id}).first()
    if found is None:
        raise NotFound("No such todo.")
    _require(found.role, permission)
    todo: Todo = found.Todo
    return todo


def list_for(actor: Actor, list_id: int, permission: Permission) -> TodoList:
    """Return the list, locked against other writers. Raises NotFound or Forbidden."""
    statement = (
        select(TodoList, Membership.role)
        .join(Membership, seen_by_actor(TodoList.id))
        .where(TodoList.id == list_id)
        .with_for_update(of=TodoList)
    )
    found = db.session.execute(statement, {"actor_id": actor.user_id}).first()
    if found is None:
        raise NotFound("No such list.")
    _require(found.role, permission)
    todo_list: TodoList = found.TodoList
    return todo_list


def _require(role: str, permission: Permission) -> None:
    if permission not in PERMISSIONS[role]:
        raise Forbidden(
            f"A {role} of the list may not do this.", code="insufficient-role", role=role
        )
