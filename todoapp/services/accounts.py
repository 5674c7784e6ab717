"""People: made with an Inbox of their own, and found by name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Row, select, text

from todoapp.db import db, reader, writer
from todoapp.errors import Conflict, NotFound
from todoapp.limits import GUEST_USERNAME, RESERVED_USERNAMES, Action, Noun, Scope, UserRole
from todoapp.models import ApiKey, TodoList, User
from todoapp.schemas.user import UserCreate
from todoapp.services import changes, lists
from todoapp.services.access import Actor

#: Argon2id as OWASP recommends it: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def create(body: Mapping[str, Any], *, at: datetime, actor: Actor | None = None) -> User:
    """Add the person that `body` (schemas.user.UserCreate) describes, with their Inbox.

    Raises Invalid, and Conflict when the name or the address is taken or reserved.
    """
    wanted = UserCreate.parse(body)
    if wanted["username"] in RESERVED_USERNAMES:
        raise Conflict(f"The name {wanted['username']} is reserved.", code="username-reserved")
    password = wanted.pop("password", None)
    # Before the transaction begins: SQLite's only writer would wait for the hashing.
    password_hash = _HASHER.hash(password) if password else None
    _refuse_taken(wanted)
    return _add(actor, {**wanted, "password_hash": password_hash}, at=at)


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
    """Return the person called `username`. Raises NotFound."""
    user = db.session.scalar(select(User).where(User.username == username))
    if user is None:
        raise NotFound(f"There is no user {username}.")
    return user


def acting(username: str, scopes: frozenset[str], *, request_id: str | None = None) -> Actor:
    """Return an actor for `username` that presents no key. Raises NotFound."""
    statement = select(User.id, User.username, User.timezone).where(User.username == username)
    connection = reader()
    found = connection.execute(statement).first()
    if found is None:
        raise NotFound(f"There is no user {username}.")
    return Actor(
        user_id=found.id,
        username=found.username,
        timezone=found.timezone,
        scopes=scopes,
        request_id=request_id,
    )


#: What somebody at the shell of the host may do in another's name.
EVERY_SCOPE = frozenset(scope.value for scope in Scope)


def me(actor: Actor) -> tuple[Row[Any], Row[Any]]:
    """Return the actor's account with its `inbox_id`, and the key presented."""
    account = select(User, TodoList.id.label("inbox_id")).join(
        TodoList, TodoList.inbox_of == User.id
    )
    key = select(ApiKey).where(ApiKey.id == actor.key_id)
    connection = reader()
    return (
        connection.execute(account.where(User.id == actor.user_id)).one(),
        connection.execute(key).one(),
    )


def _refuse_taken(wanted: Mapping[str, Any]) -> None:
    if db.session.scalar(select(User.id).where(User.username == wanted["username"])):
        raise Conflict(f"There is a user {wanted['username']} already.", code="username-taken")
    email = wanted.get("email")
    if email and db.session.scalar(select(User.id).where(User.email == email)):
        raise Conflict(f"Somebody else has the address {email}.", code="email-taken")


def _add(actor: Actor | None, columns: Mapping[str, Any], *, at: datetime) -> User:
    user = User(created_at=at, updated_at=at, **columns)
    db.session.add(user)
    db.session.flush()
    diff = changes.diff({}, {"username": user.username, "role": str(user.role)})
    changes.record(actor, [changes.Entry(Noun.USER, user.id, Action.CREATE, None, diff)], at=at)
    lists.add(actor, user.id, {"name": "Inbox"}, inbox=True, at=at)
    return user
