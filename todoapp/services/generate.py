"""As many todos as asked for, to try the service at its full size: drawn, not lived.

The same seed draws the same people, lists and todos, around the present instant. The todos go
straight into their tables: the change log knows of the people and the lists alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random

from sqlalchemy import select

from todoapp.db import db
from todoapp.errors import Conflict, FieldError, Invalid
from todoapp.limits import GUEST_USERNAME, ListRole, Scope
from todoapp.models import Todo, TodoTag, User
from todoapp.services import accounts, api_keys, bulk, generate_text, inbox, lists, memberships
from todoapp.services.access import Actor
from todoapp.services.generate_todos import SPAN, Drawing, Drawn, Place
from todoapp.services.preconditions import UNCONDITIONAL

_AT_ONCE = 10_000
#: What the key may do that is made.
_SCOPES = (Scope.TODOS_READ, Scope.TODOS_WRITE, Scope.ACCOUNT)


@dataclass(frozen=True)
class Size:
    """How much is wanted."""

    todos: int
    users: int
    #: The Inboxes included.
    lists: int

    def check(self) -> None:
        """Raise Invalid unless everybody gets equally many lists."""
        errors = [
            FieldError(name, "too_small", "Must be at least 1.")
            for name in ("todos", "users", "lists")
            if getattr(self, name) < 1
        ]
        if not errors and self.lists % self.users:
            errors = [FieldError("lists", "uneven", "Must be a multiple of the users.")]
        if errors:
            raise Invalid(errors)


def make(size: Size, *, seed: int, at: datetime, progress: Callable[[int], None]) -> str:
    """Add the people, their lists and todos as of `at`; return a key of the first person.

    `progress` is told, now and then, how many todos there are. After the commit, call
    `bulk.settle`. Raises Invalid, and Conflict where somebody works already.
    """
    size.check()
    _refuse_used()
    bulk.prepare()
    names = [f"user{number:03}" for number in range(1, size.users + 1)]
    places = _places(names, size.lists // size.users, at=at - SPAN)
    first_id = bulk.next_id(Todo)
    drawing = Drawing(Random(seed), at)  # noqa: S311 - nothing here is secret
    _add(drawing.todos(size.todos, first_id, places), progress)
    bulk.give_out(Todo, first_id + size.todos - 1)
    wanted = {"name": "generated", "scopes": list(_SCOPES)}
    return api_keys.issue(None, accounts.by_name(names[0]).id, wanted, at=at).secret


def _refuse_used() -> None:
    """Raise Conflict if there is a todo, or anybody beside one person and the guest."""
    people = select(User.id).where(User.username != GUEST_USERNAME).limit(2)
    if len(db.session.scalars(people).all()) > 1 or db.session.scalar(select(Todo.id).limit(1)):
        raise Conflict(
            "There are people or todos here already: generate fills a new installation, "
            "in which there is nothing but the first administrator."
        )


def _places(names: list[str], each: int, *, at: datetime) -> list[Place]:
    """Add the people, each with as many lists; return these: the Inboxes, then all others."""
    for name in names:
        accounts.create({"username": name}, at=at)
    actors = [accounts.acting(name) for name in names]
    inboxes = [Place(inbox.list_id(actor), "", [actor.user_id]) for actor in actors]
    others = []
    for number in range(len(actors) * (each - 1)):
        owner, subject = actors[number % len(actors)], generate_text.subject(number)
        list_id = lists.create(owner, {"name": subject}, at=at)
        others.append(Place(list_id, subject, [owner.user_id]))
    if len(actors) > 1:
        _share(others[: len(actors)], actors, at=at)
    return inboxes + others


def _share(places: list[Place], owners: list[Actor], *, at: datetime) -> None:
    """Let each owner into the next one's list, so that all see equally many."""
    for place, owner, guest in zip(places, owners, owners[1:] + owners[:1], strict=False):
        role = {"role": ListRole.EDITOR}
        memberships.put(owner, place.list_id, guest.username, role, UNCONDITIONAL, at=at)
        place.writers.append(guest.user_id)


def _add(todos: Iterable[Drawn], progress: Callable[[int], None]) -> None:
    remaining, count = iter(todos), 0
    while some := list(islice(remaining, _AT_ONCE)):
        bulk.add(Todo, [todo.row for todo in some])
        bulk.add(TodoTag, [tag for todo in some for tag in todo.tags])
        count += len(some)
        progress(count)
