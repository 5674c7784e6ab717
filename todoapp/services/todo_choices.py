"""What there is to narrow a list of todos by, and to do with them: lists, people, saved views."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from todoapp.services import list_rows, member_rows, view_rows
from todoapp.services.access import Actor, Permission, may

#: Of each; who has more than can be looked through names the rest in a filter.
MOST = 200


class ListChoice(NamedTuple):
    """A list as it is told from others."""

    id: int
    name: str
    color: str | None
    #: Its todos may be changed.
    is_writable: bool


class ViewChoice(NamedTuple):
    """A saved view."""

    id: int
    name: str


@dataclass(frozen=True)
class Choices:
    """What an actor can choose from."""

    lists: list[ListChoice]
    people: list[str]
    views: list[ViewChoice]
    #: The lists of the todos in question, by id, archived ones too.
    known: dict[int, ListChoice]


def of(actor: Actor, list_ids: Iterable[int]) -> Choices:
    """Return what the actor can choose from, and what the lists with `list_ids` are."""
    rows, _ = list_rows.page(
        actor, {"page_size": MOST, "trashed": False, "is_archived": False}, None
    )
    views, _ = view_rows.page(actor, {"page_size": MOST}, None)
    known = list_rows.read_all(actor, list_ids)
    return Choices(
        [choice(actor, row) for row in rows],
        member_rows.names(actor, limit=MOST),
        [ViewChoice(row.id, row.name) for row in views],
        {list_id: choice(actor, row) for list_id, row in known.items()},
    )


def choice(actor: Actor, row: Any) -> ListChoice:
    """Return a list; whose Inbox it is, unless it is the actor's own."""
    others = row.is_inbox and row.owner != actor.username
    name = f"{row.name} of {row.owner}" if others else row.name
    return ListChoice(row.id, name, row.color, may(row.my_role, Permission.WRITE))
