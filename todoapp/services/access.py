"""Who is acting, what they may do, and the only way to a list by its id.

A row that the actor may not see is NotFound, exactly like one that does not exist; one that they
see but may not touch is Forbidden.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, literal_column, select

from todoapp.db import db
from todoapp.errors import Forbidden, NotFound, Unauthenticated
from todoapp.limits import ListRole, Scope, UserRole
from todoapp.models import ApiKeyList, Membership, TodoList, User


class Sight(StrEnum):
    """Which lists an actor sees, and so which todos, tags and changes."""

    OWN = "own"  # those that they are a member of
    LIMITED = "limited"  # of these, the ones that the key presented names
    EVERYONE = "everyone"  # all; an administrator has asked for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody, as they are in this one call."""

    user_id: int
    username: str
    timezone: str
    #: What the credentials presented may be used for, as long as their owner may.
    scopes: frozenset[str]
    #: The key presented, if it was a key.
    key_id: int | None = None
    #: When it expires, if that is soon (limits.KEY_WARNING_DAYS).
    key_expires_at: datetime | None = None
    #: The session, if it was a cookie or an access token.
    session_id: int | None = None
    sight: Sight = Sight.OWN
    #: Of the todos that are seen, the key has those alone that this text of the filter language
    #: selects; see services.row_scopes.
    row_filter: str | None = None
    #: What `now` means in it: when the call came.
    called_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where the actor's days begin and end."""
        return ZoneInfo(self.timezone)

    @property
    def is_administrator(self) -> bool:
        """Whether what only administrators may do is open to the credentials presented."""
        return Scope.ADMIN in self.scopes

    @property
    def bound(self) -> dict[str, int | None]:
        """What is bound in statements that join `SEATS`."""
        return {"actor_id": self.user_id, "key_id": self.key_id}


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


#: What anybody's key may be used for; with the scope admin it takes an administrator.
MEMBER_SCOPES = frozenset(scope.value for scope in Scope if scope != Scope.ADMIN)


#: What a key for some lists or todos may be used for: no other scope keeps to them.
LIMITED_SCOPES = frozenset({Scope.TODOS_READ.value, Scope.TODOS_WRITE.value})


@cache
def scopes_of(role: str, stored: str, *, is_limited: bool = False) -> frozenset[str]:
    """Return the scopes, stored with spaces between, that somebody with `role` can make use of."""
    scopes = frozenset(stored.split())
    if role != UserRole.ADMIN:
        scopes &= MEMBER_SCOPES
    return scopes & LIMITED_SCOPES if is_limited else scopes


def is_welcome() -> ColumnElement[bool]:
    """Return the condition that a person may be logged in, and act."""
    return and_(User.is_active, User.deleted_at.is_(None))


def hold(actor: Actor) -> None:
    """Let nobody end the actor's account until the commit, so that what is made now has an owner.

    Raises Unauthenticated when it has been ended.
    """
    alive = select(User.id).where(User.id == actor.user_id, is_welcome())
    if db.session.scalar(alive.with_for_update(read=True)) is None:
        raise Unauthenticated("The account has been ended.")


#: What people may do themselves, and somebody at the shell of the host in another's name.
EVERY_SCOPE = " ".join(Scope)


def require_scope(actor: Actor, scope: Scope) -> None:
    """Raise Forbidden, naming what is missing, unless the credentials have `scope`."""
    if scope not in actor.scopes:
        raise Forbidden(
            f"This needs the scope {scope}.",
            code="insufficient-scope",
            required_scope=str(scope),
        )


def require_administrator(actor: Actor | None) -> None:
    """Raise Forbidden unless it is an administrator, or None: the operator at the shell."""
    if actor is not None:
        require_scope(actor, Scope.ADMIN)


def seeing_everyone(actor: Actor) -> Actor:
    """Return the actor, an administrator, as one who sees and may change everybody's rows.

    Raises Forbidden without the scope admin.
    """
    require_scope(actor, Scope.ADMIN)
    return replace(actor, sight=Sight.EVERYONE)


def seeing_all(actor: Actor) -> Actor:
    """Return the actor as the pages have them: administrators see and may change everything."""
    return replace(actor, sight=Sight.EVERYONE) if actor.is_administrator else actor


def seeing_own(actor: Actor) -> Actor:
    """Return the actor as a key of theirs sees it: what others have is not theirs to give."""
    return replace(actor, sight=Sight.OWN) if actor.sight == Sight.EVERYONE else actor


def refuse_limited(actor: Actor) -> None:
    """Raise Forbidden for a key that is limited to some lists: it does not get any others."""
    if actor.sight == Sight.LIMITED:
        raise Forbidden("This key is limited to some lists.", code="limited-key")


def refuse_filtered(actor: Actor) -> None:
    """Raise Forbidden for a key that is limited to some todos, in what cannot keep to them."""
    if actor.row_filter is not None:
        raise Forbidden(
            "This key is limited to some todos, and this call is not.",
            code="limited-key",
        )


# Tables, not entities: these are shared by threads, see docs/architecture.md.
_membership, _named = Membership.__table__, ApiKeyList.__table__


def _seats(sight: Sight, actor_id: Any, key_id: Any) -> Select[Any]:
    """Return the select of the lists that are seen, with the role in each."""
    if sight == Sight.EVERYONE:
        role: ColumnElement[str] = literal_column(f"'{ListRole.OWNER}'")
        return select(TodoList.__table__.c.id.label("list_id"), role.label("role"))
    mine = select(_membership.c.list_id, _membership.c.role)
    mine = mine.where(_membership.c.user_id == actor_id)
    if sight == Sight.OWN:
        return mine
    named = select(_named.c.list_id).where(_named.c.api_key_id == key_id)
    return mine.where(_membership.c.list_id.in_(named))


def _list_ids(seats: Select[Any]) -> Select[tuple[int]]:
    return seats.with_only_columns(seats.selected_columns[0])


_BOUND = {sight: _seats(sight, bindparam("actor_id"), bindparam("key_id")) for sight in Sight}
#: The lists that an actor sees: `list_id` and `role`. `Actor.bound` is to be bound.
SEATS = {sight: seats.subquery("seat") for sight, seats in _BOUND.items()}
#: The ids of these lists alone, for IN.
SEEN = {sight: _list_ids(seats) for sight, seats in _BOUND.items()}


def visible_lists(actor: Actor) -> Select[tuple[int]]:
    """Return the select of the ids of every list that `actor` may see."""
    return _list_ids(_seats(actor.sight, actor.user_id, actor.key_id))


def writable_lists(actor: Actor) -> Select[tuple[int]]:
    """Return the select of the ids of every list whose todos `actor` may change."""
    if actor.sight == Sight.EVERYONE:
        return visible_lists(actor)
    roles = [role for role, may in PERMISSIONS.items() if Permission.WRITE in may]
    return visible_lists(actor).where(_membership.c.role.in_(roles))


def list_for(actor: Actor, list_id: int, permission: Permission) -> TodoList:
    """Return the list, locked against other writers. Raises NotFound or Forbidden."""
    seat = SEATS[actor.sight]
    statement = (
        select(TodoList, seat.c.role)
        .join(seat, seat.c.list_id == TodoList.id)
        .where(TodoList.id == list_id)
        .with_for_update(of=TodoList)
    )
    found = fresh(statement, actor)
    if found is None:
        raise NotFound("No such list.")
    require_role(found.role, permission)
    todo_list: TodoList = found.TodoList
    return todo_list


def fresh(statement: Select[Any], actor: Actor) -> Row[Any] | None:
    """Return the first row as it stands: statements on sets pass by the session's entities."""
    anew = statement.execution_options(populate_existing=True)
    return db.session.execute(anew, actor.bound).first()


def may(role: str, permission: Permission) -> bool:
    """Tell whether members with `role` have `permission`."""
    return permission in PERMISSIONS[role]


def require_role(role: str, permission: Permission) -> None:
    """Raise Forbidden, naming the role, unless members with `role` have `permission`."""
    if not may(role, permission):
        raise Forbidden(
            f"The role {role} in this list does not allow this.",
            code="insufficient-role",
            role=role,
        )
