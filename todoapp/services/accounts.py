"""People: made with an Inbox of their own, and found."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, text
from sqlalchemy.exc import IntegrityError

from todoapp.db import db, reader, writer
from todoapp.errors import Conflict, NotFound
from todoapp.limits import (
    GUEST_USERNAME,
    PASSWORD_MAX,
    PASSWORD_MIN,
    RESERVED_USERNAMES,
    Action,
    Noun,
    UserRole,
)
from todoapp.models import ApiKey, TodoList, User
from todoapp.schemas.user import UserCreate, UserOut
from todoapp.services import changes, lists, passwords
from todoapp.services.access import (
    EVERY_SCOPE,
    Actor,
    is_welcome,
    require_administrator,
    scopes_of,
)
from todoapp.services.preconditions import Precondition


def create(body: Mapping[str, Any], *, at: datetime, actor: Actor | None = None) -> User:
    """Add the person that `body` (schemas.user.UserCreate) describes, with their Inbox.

    A password that an administrator gives them must be changed. Raises Forbidden, Invalid, and
    Conflict when the name or the address is taken or reserved.
    """
    require_administrator(actor)
    wanted = UserCreate.parse(body)
    if wanted["username"] in RESERVED_USERNAMES:
        raise Conflict(f"The name {wanted['username']} is reserved.", code="username-reserved")
    password = wanted.pop("password", None)
    if password is not None:
        passwords.refuse_weak(password, wanted["username"], wanted.get("email"))
        wanted["must_change_password"] = actor is not None
    wanted["password_hash"] = password and hash_early(password)
    if db.session.scalar(select(User.id).where(User.username == wanted["username"])):
        raise _taken("username", wanted["username"])
    refuse_taken_email(wanted.get("email"))
    return _add(actor, wanted, at=at)


def ensure_guest(*, at: datetime) -> None:
    """Add the account that keyless calls act as, unless there is one."""
    if db.session.scalar(select(User.id).where(User.username == GUEST_USERNAME)) is None:
        _add(None, {"username": GUEST_USERNAME, "role": UserRole.MEMBER}, at=at)


def lock() -> None:
    """Let nobody else add accounts until the commit: of two first starts, one is the first."""
    if writer().dialect.name == "postgresql":  # SQLite has one writer anyway
        writer().execute(text("LOCK TABLE user_account IN SHARE ROW EXCLUSIVE MODE"))


def is_empty() -> bool:
    """Tell whether nobody has an account yet, the guest aside."""
    others = select(User.id).where(User.username != GUEST_USERNAME).limit(1)
    return db.session.scalar(others) is None


def by_name(username: str) -> User:
    """Return the person called `username`. Raises NotFound, also for one who was deleted."""
    user = db.session.scalar(
        select(User).where(User.username == username, User.deleted_at.is_(None))
    )
    if user is None:
        raise _nobody(username)
    return user


def locked(username: str, *others: str) -> User:
    """Return the person called `username`, locked with `others` and all active administrators.

    They are locked in one order, so that of two who demote each other one comes first, and the
    other learns of it. Raises NotFound.
    """
    statement = (
        select(User)
        .where(or_(User.username.in_((username, *others)), active_administrators()))
        .order_by(User.id)
        # Their ids stay: whoever writes a todo refers to one of them and need not wait.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = [user for user in db.session.scalars(statement) if user.username == username]
    if not found or found[0].deleted_at is not None:
        raise _nobody(username)
    return found[0]


def lock_row(user_id: int) -> User:
    """Return a person, locked, as they stand."""
    statement = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def changeable(username: str, body: Any, precondition: Precondition, *others: str) -> User:
    """Return a person, locked as by `locked`, whom the caller has seen as they are.

    Raises NotFound, Stale, and Conflict for the guest's account, which is the service's own.
    """
    user = locked(username, *others)
    if username == GUEST_USERNAME:
        raise Conflict("The guest's account is the service's own.", code="username-reserved")
    precondition.check(
        user.version, body, lambda: lambda base: UserOut(base=base).dump(read(username))
    )
    return user


def active_administrators() -> ColumnElement[bool]:
    """Return the condition that somebody runs the installation, and can."""
    return and_(User.role == UserRole.ADMIN, is_welcome())


def acting(username: str, scopes: str = EVERY_SCOPE) -> Actor:
    """Return an actor for `username` that presents no key. Raises NotFound."""
    statement = select(User.id, User.username, User.timezone, User.role).where(
        User.username == username, User.deleted_at.is_(None)
    )
    connection = reader()
    found = connection.execute(statement).first()
    if found is None:
        raise _nobody(username)
    return Actor(
        user_id=found.id,
        username=found.username,
        timezone=found.timezone,
        scopes=scopes_of(found.role, scopes),
    )


def me(actor: Actor) -> dict[str, Any]:
    """Return the actor, and what they call with, as schemas.user.MeOut takes them."""
    account = rows(TodoList.id.label("inbox_id")).join(TodoList, TodoList.inbox_of == User.id)
    key = select(ApiKey).where(ApiKey.id == actor.key_id)
    connection = reader()
    row = connection.execute(account.where(User.id == actor.user_id)).one()
    shown = connection.execute(key).one() if actor.key_id else None
    presented = shown and {**shown._mapping, "scopes": shown.scopes.split()}
    return {**row._mapping, "api_key": presented}


def read(username: str) -> Row[Any]:
    """Return a person, for reading. Raises NotFound, also for one who was deleted."""
    connection = reader()
    row = connection.execute(rows().where(User.username == username)).first()
    if row is None:
        raise _nobody(username)
    return row


def rows(*more: Any) -> Select[Any]:
    """Return the select of what schemas.user.UserOut writes, of everybody who was not deleted."""
    enabled = User.totp_enabled_at.is_not(None).label("two_factor_enabled")
    return select(User, enabled, *more).where(User.deleted_at.is_(None))


def everybody() -> list[Row[Any]]:
    """Return every person, by name: for the operator."""
    connection = reader()
    return list(connection.execute(rows().order_by(User.username)))


def hash_early(password: Any) -> str | None:
    """Return the hash of `password`, if it can be one: whether it will do is still to be said.

    Call it before the first statement of a unit of work, as `passwords.hash`.
    """
    fits = isinstance(password, str) and PASSWORD_MIN <= len(password) <= PASSWORD_MAX
    return passwords.hash(password) if fits else None


def refuse_taken_email(email: str | None, but: int | None = None) -> None:
    """Raise Conflict when somebody has the address; the person with the id `but` may."""
    found = email and db.session.scalar(select(User.id).where(User.email == email))
    if found and found != but:
        raise _taken("email", email)


@contextmanager
def unique(name: str, email: str | None) -> Iterator[None]:
    """Turn what the database refuses into Conflict: somebody took it at the same moment."""
    try:
        yield
    except IntegrityError as error:
        told = re.match(r".*user_account[._](email|username)", str(error.orig))
        if told is None:
            raise
        raise _taken(told[1], name if told[1] == "username" else email) from None


def _taken(what: str, value: str | None) -> Conflict:
    if what == "username":
        return Conflict(f"The name {value} is taken, or was once.", code="username-taken")
    return Conflict(f"Somebody else has the address {value}.", code="email-taken")


def _nobody(username: str) -> NotFound:
    return NotFound(f"There is no user {username}.")


def touch(
    actor: Actor | None, user: User, entries: Sequence[changes.Entry], *, at: datetime
) -> None:
    """Count and record what was changed of a person, if anything was."""
    if not entries:
        return
    user.version += 1
    user.updated_at = at
    with unique(user.username, user.email):
        db.session.flush()
    changes.record(actor, entries, at=at)


def _add(actor: Actor | None, columns: Mapping[str, Any], *, at: datetime) -> User:
    user = User(created_at=at, updated_at=at, **columns)
    db.session.add(user)
    with unique(columns["username"], columns.get("email")):
        db.session.flush()
    diff = changes.diff({}, {"username": user.username, "role": str(user.role)})
    changes.record(actor, [changes.Entry(Noun.USER, user.id, Action.CREATE, None, diff)], at=at)
    lists.add(actor, user.id, {"name": "Inbox"}, inbox=True, at=at)
    return user
