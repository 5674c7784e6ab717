"""A realistic set of people, lists and todos to look at, made through the services.

Everything that ever happened in the demo is drawn first, from a generator with a fixed seed, and
then played in the order of time, so that the change log reads as if the people had lived there.
Only the present instant, around which the due dates lie, differs from one run to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import uuid_utils
from sqlalchemy import select

from todoapp.db import current_unit, db
from todoapp.limits import PRIORITY_RANKS, Status
from todoapp.models import User
from todoapp.schemas.times import instant_text
from todoapp.services import accounts, inbox, lists, memberships, todos, trash
from todoapp.services.access import Actor
from todoapp.services.demo_themes import PEOPLE, THEMES, Theme
from todoapp.services.preconditions import UNCONDITIONAL

SEED = 2
#: How long ago it all began.
SPAN = timedelta(days=45)
#: How the todos end up, and how many of a hundred.
_FATES = {
    Status.PENDING: 32,
    Status.IN_PROGRESS: 13,
    Status.ON_HOLD: 8,
    Status.COMPLETED: 33,
    Status.CANCELLED: 5,
    "trash": 6,
    "restore": 3,
}


@dataclass(frozen=True)
class Made:
    """How much there is now."""

    people: tuple[str, ...]
    lists: int
    todos: int


class Event(NamedTuple):
    """Something that somebody did to a todo, known by its number in the story."""

    at: datetime
    todo: int
    actor: str
    act: str
    body: dict[str, Any]


def make(*, at: datetime) -> Made | None:
    """Make the demo as of `at`; None: one of its people exists already, and nothing is done."""
    if db.session.scalar(select(User.id).where(User.username.in_(PEOPLE)).limit(1)):
        return None
    began = at - SPAN
    for name in PEOPLE:
        accounts.create({"username": name, "email": f"{name}@example.com"}, at=began)
    actors = {name: accounts.acting(name) for name in PEOPLE}
    story = _Story(Random(SEED), at)  # noqa: S311 - nothing here is secret
    for theme in THEMES:
        story.tell(theme, _list(actors[theme.owner], theme, at=began))
    _play(story.events, actors)
    return Made(PEOPLE, sum(theme.name is not None for theme in THEMES), story.count)


def _list(owner: Actor, theme: Theme, *, at: datetime) -> int:
    """Return the id of the theme's list, made and shared."""
    _begin_operation()
    if theme.name is None:
        return inbox.list_id(owner)
    list_id = lists.create(owner, {"name": theme.name, "color": theme.color}, at=at)
    for name, role in theme.roles.items():
        memberships.put(owner, list_id, name, {"role": role}, UNCONDITIONAL, at=at)
    return list_id


class _Story:
    """Draws what happens to the todos."""

    def __init__(self, random: Random, now: datetime) -> None:
        self.random = random
        self.now = now
        self.count = 0
        self.events: list[Event] = []

    def tell(self, theme: Theme, list_id: int) -> None:
        """Draw the todos of one list, with all that is done to them."""
        for title in self.random.sample(theme.titles, theme.size):
            self._life(theme, {"list_id": list_id, "title": title})

    def _life(self, theme: Theme, body: dict[str, Any]) -> None:
        made = self._between(self.now - SPAN, self.now - timedelta(hours=3))
        ended = self._between(made + timedelta(hours=1), self.now)
        fate = self.random.choices(list(_FATES), list(_FATES.values()))[0]
        todo = self._create(made, theme, body | self._values(theme, made))
        if theme.steps and self.random.random() < 0.3:
            self._steps(theme, todo, body["list_id"], (made, ended), fate)
        if self.random.random() < 0.4:
            self._add(self._between(made, ended), todo, theme, "patch", self._revision(theme))
        self._end(theme, todo, fate, ended)

    def _create(self, at: datetime, theme: Theme, body: dict[str, Any]) -> int:
        self.count += 1
        self._add(at, self.count, theme, "create", body)
        return self.count

    def _add(self, at: datetime, todo: int, theme: Theme, act: str, body: dict[str, Any]) -> None:
        self.events.append(Event(at, todo, self.random.choice(theme.writers), act, body))

    def _values(self, theme: Theme, made: datetime) -> dict[str, Any]:
        return {
            "priority": self.random.choices(list(PRIORITY_RANKS), (20, 50, 22, 8))[0],
            "tags": self.random.sample(theme.tags, self.random.choice((0, 0, 1, 1, 2))),
            "due_date": self._due(made),
            "assigned_to": self.random.choice((None, None, *theme.writers)),
        }

    def _due(self, made: datetime) -> str | None:
        """Return nothing, a day, or an instant on the hour; seldom long before today."""
        if self.random.random() < 0.25:
            return None
        moment = max(made, self.now + timedelta(days=self.random.randint(-8, 24)))
        if self.random.random() < 0.7:
            return moment.date().isoformat()
        hour = self.random.randint(7, 19)
        return instant_text(moment.replace(hour=hour, minute=0, second=0, microsecond=0))

    def _revision(self, theme: Theme) -> dict[str, Any]:
        """Return a change that somebody thinks of on the way."""
        later = self.now + timedelta(days=self.random.randint(0, 30))
        return self.random.choice(
            (
                {"description": "Ask **" + self.random.choice(theme.writers) + "** first."},
                {"description": "- look at the old notes\n- decide\n- write the result down"},
                {"priority": self.random.choice(list(PRIORITY_RANKS))},
                {"due_date": later.date().isoformat()},
                {"tags": self.random.sample(theme.tags, 2)},
            )
        )

    def _steps(
        self, theme: Theme, todo: int, list_id: int, life: tuple[datetime, datetime], fate: str
    ) -> None:
        """Draw the subtasks: all are done if the todo is, else some of the first."""
        made, ended = life
        done = self.random.randint(0, len(theme.steps) - 1)
        for index, title in enumerate(theme.steps):
            body = {"list_id": list_id, "parent": todo, "title": title}
            step = self._create(made + timedelta(minutes=index + 1), theme, body)
            if fate == Status.COMPLETED or index < done:
                at = self._between(made + timedelta(minutes=10), ended)
                self._add(at, step, theme, "patch", {"status": Status.COMPLETED.value})

    def _end(self, theme: Theme, todo: int, fate: str, ended: datetime) -> None:
        if fate in ("trash", "restore"):
            self._add(ended, todo, theme, "trash", {})
        if fate == "restore":
            self._add(self._between(ended, self.now), todo, theme, "restore", {})
        elif fate not in ("trash", Status.PENDING):
            self._add(ended, todo, theme, "patch", {"status": str(fate)})

    def _between(self, start: datetime, end: datetime) -> datetime:
        return start + (end - start) * self.random.random()


def _play(events: list[Event], actors: dict[str, Actor]) -> None:
    """Do it all, in the order of time."""
    ids: dict[int, int] = {}
    for event in sorted(events, key=lambda event: event.at):
        _begin_operation()
        _ACTS[event.act](actors[event.actor], event, ids)


def _begin_operation() -> None:
    """Let what follows be a call of its own in the log, and in the trash."""
    db.session.expunge_all()
    current_unit().operation_id = str(uuid_utils.uuid7())


def _create(actor: Actor, event: Event, ids: dict[int, int]) -> None:
    body = dict(event.body)
    if "parent" in body:
        body["parent_id"] = ids[body.pop("parent")]
    ids[event.todo] = todos.create(actor, body, at=event.at).id


def _patch(actor: Actor, event: Event, ids: dict[int, int]) -> None:
    todos.patch(actor, ids[event.todo], event.body, UNCONDITIONAL, at=event.at)


def _trash(actor: Actor, event: Event, ids: dict[int, int]) -> None:
    trash.trash(actor, ids[event.todo], UNCONDITIONAL, at=event.at)


def _restore(actor: Actor, event: Event, ids: dict[int, int]) -> None:
    trash.restore(actor, ids[event.todo], {}, UNCONDITIONAL, at=event.at)


_ACTS: dict[str, Callable[[Actor, Event, dict[int, int]], None]] = {
    "create": _create,
    "patch": _patch,
    "trash": _trash,
    "restore": _restore,
}
