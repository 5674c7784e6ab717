"""The orders that a list of todos can be in."""

from typing import NamedTuple

from todoapp.admin.todo_state import State

#: How each is called; `-` turns an order round.
NAMES = {
    "-created_at": "Newest first",
    "created_at": "Oldest first",
    "-updated_at": "Changed lately first",
    "updated_at": "Changed long ago first",
    "due_date": "Due first",
    "-due_date": "Due last",
    "-priority": "Most urgent first",
    "priority": "Least urgent first",
    "title": "Title, A to Z",
    "-title": "Title, Z to A",
    "-completed_at": "Completed lately first",
    "position": "As arranged in the list",
}
#: The order that a click on a head begins with.
_FIRST = {"title": "title", "due_date": "due_date", "priority": "-priority"}
_DIRECTIONS = {False: "ascending", True: "descending"}


class Sort(NamedTuple):
    """An order, and the address of the list in it."""

    label: str
    url: str
    is_on: bool


class Head(NamedTuple):
    """The head of a column, for `aria-sort` and its link."""

    url: str
    direction: str | None


class Sorts(NamedTuple):
    """What the list can be sorted by; words are found newest first, so there is no choice."""

    all: list[Sort]
    heads: dict[str, Head]
    #: The instant that is shown of each todo.
    time: str
    #: As the API has it.
    present: str

    @property
    def label(self) -> str:
        """The present order, by what the menu calls it or by the field."""
        return next((sort.label for sort in self.all if sort.is_on), self.present)


def sorts(state: State, present: str) -> Sorts:
    """Return the orders of `state`, the `present` one marked."""
    time = present.lstrip("-") if present.lstrip("-") in _TIMES else "created_at"
    if state.asked.get("q") or not present:
        return Sorts([], {}, time, present)
    every = [Sort(label, state.but(sort=s).url, s == present) for s, label in NAMES.items()]
    heads = {name: _head(state, name, present) for name in (*_FIRST, time)}
    return Sorts(every, heads, time, present)


_TIMES = ("created_at", "updated_at", "completed_at")


def _head(state: State, name: str, present: str) -> Head:
    first = _FIRST.get(name, f"-{name}")
    other = first.removeprefix("-") if first.startswith("-") else f"-{first}"
    url = state.but(sort=other if present == first else first).url
    is_on = present.lstrip("-") == name
    return Head(url, _DIRECTIONS[present.startswith("-")] if is_on else None)
