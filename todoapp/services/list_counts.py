"""How much there is in lists: todos of each status, and members."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select

from todoapp.db import reader
from todoapp.limits import OPEN_STATUSES, Status
from todoapp.models import Membership, TodoCount, TodoList
from todoapp.services.access import Actor, visible_lists


class ListCount(NamedTuple):
    """What is in one list; the trash is not counted."""

    #: How many todos have each status.
    by_status: dict[str, int]
    members: int

    @property
    def open(self) -> int:
        """How many todos still want doing."""
        return sum(self.by_status[status] for status in OPEN_STATUSES)


def of(actor: Actor, list_ids: Collection[int]) -> dict[int, ListCount]:
    """Return the counts of those of the lists that the actor sees, by id."""
    sums = [func.sum(getattr(TodoCount, status)).label(status) for status in Status]
    members = select(func.count()).where(Membership.list_id == TodoList.id)
    statement = (
        select(TodoList.id, members.scalar_subquery().label("members"), *sums)
        .join(TodoCount, TodoCount.list_id == TodoList.id)
        .where(TodoList.id.in_(list_ids), TodoList.id.in_(visible_lists(actor)))
        .group_by(TodoList.id)
    )
    return {
        row.id: ListCount({str(one): int(getattr(row, one)) for one in Status}, row.members)
        for row in reader().execute(statement)
    }
