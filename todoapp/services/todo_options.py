"""What there is to fill in a todo's form with: lists, people, tags, parents."""

from dataclasses import dataclass
from datetime import datetime

from todoapp.limits import OPEN_STATUSES, PAGE_SIZE_DEFAULT
from todoapp.schemas.todo import TodoQuery
from todoapp.services import list_rows, member_rows, tags, todo_choices, todo_pages
from todoapp.services.access import Actor
from todoapp.services.todo_choices import MOST, ListChoice
from todoapp.services.todo_places import inbox_of


@dataclass(frozen=True)
class Options:
    """What an actor may choose from; of each there may be more, which can be typed in."""

    #: The list in question.
    list_id: int
    lists: list[ListChoice]
    people: list[str]
    tags: list[str]
    #: Ids and titles of the newest open todos of the list.
    parents: list[tuple[int, str]]


def of(actor: Actor, list_id: int | None, *, now: datetime) -> Options:
    """Return what can be chosen for a todo of this list; None: of the actor's Inbox."""
    list_id = list_id or inbox_of(actor.user_id)
    lists = {row.id: row for row in list_rows.writable(actor, limit=MOST)}
    lists |= list_rows.read_all(actor, [list_id] if list_id not in lists else [])
    asked = {"list_id": list_id, "status": list(OPEN_STATUSES), "page_size": PAGE_SIZE_DEFAULT}
    parents = todo_pages.page(actor, TodoQuery.defaults() | asked, None, now=now).rows
    tagged, _ = tags.page(actor, {"page_size": MOST}, None)
    return Options(
        list_id,
        [todo_choices.choice(actor, row) for row in lists.values()],
        member_rows.names(actor, limit=MOST),
        [row.name for row in tagged],
        [(row[0], row[4]) for row in parents],
    )
