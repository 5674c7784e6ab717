"""The list that a todo is looked at from: `in`, in the address, is what stands in the list's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for

from todoapp.admin.todo_state import State
from todoapp.errors import DomainError
from todoapp.schemas.todo_out import TodoRow
from todoapp.services import todo_neighbours, view_rows
from todoapp.services.access import Actor
from todoapp.services.todo_neighbours import Neighbours


@dataclass(frozen=True)
class Origin:
    """The list, and the ways within it."""

    state: State

    @classmethod
    def here(cls) -> "Origin":
        """Return what the address of this request says."""
        return cls(State.at(f"?{request.args.get('in', '')}"))

    def to(self, page: str, todo_id: int) -> str:
        """Return the address of a page of a todo, looked at from the same list."""
        within: dict[str, Any] = {"in": self.state.query_string or None}
        return url_for(f"admin.{page}", todo_id=todo_id, **within)

    def neighbours(self, actor: Actor, todo: TodoRow, *, now: datetime) -> Neighbours:
        """Return the todos beside `todo`; none in a list that cannot be read."""
        try:
            query = view_rows.applied(actor, self.state.query)
            return todo_neighbours.of(actor, todo, query, now=now)
        except DomainError:
            return Neighbours(None, None)
