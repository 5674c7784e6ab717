"""The filters that are one click away, and those that are on: each a link without it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from todoapp.admin.todo_state import State
from todoapp.limits import PRIORITY_RANKS, TAGS_MAX, Status
from todoapp.services.todo_choices import Choices

#: Of what somebody wrote, a chip shows no more.
_SHOWN_MAX = 60


class Chip(NamedTuple):
    """A filter, and the address of the list with it or, where it is on, without."""

    label: str
    url: str
    is_on: bool = False


class Menu(NamedTuple):
    """Filters by one parameter."""

    label: str
    #: The parameter.
    name: str
    chips: list[Chip]


#: Each a parameter and its value.
_QUICK = (
    ("Overdue", "due", "overdue"),
    ("Due today", "due", "today"),
    ("No date", "due", "none"),
    ("Assigned to me", "assigned_to", "me"),
    ("Unassigned", "assigned_to", "none"),
)
#: Parameters that take several values.
_MANY = ("status", "priority", "tags")
#: What chips call a parameter; others by their own name.
_NAMES = {
    "list_id": "List",
    "tags": "Tag",
    "assigned_to": "Assigned to",
    "q": "Words",
}


def words(value: str) -> str:
    """Return the word of an enumeration, or the name of a parameter, as people write it."""
    return value.replace("_", " ").capitalize()


def named(parameter: str) -> str:
    """Return what people call a parameter, or the field of the same name."""
    return _NAMES.get(parameter, words(parameter))


def quick(state: State) -> list[Chip]:
    """Return the filters of one click."""
    others = state.explicit.but(status=None if state.is_open else "open")
    if not others.filters:
        others = others.but(status="any")
    return [
        Chip("Open", others.url, state.is_open),
        *(_switch(state, label, name, value) for label, name, value in _QUICK),
    ]


def menus(state: State, choices: Choices, tags: Iterable[str]) -> list[Menu]:
    """Return the filters by menu; `tags` are some that there are."""
    return [
        Menu("Status", "status", [_toggle(state, "status", s, words(s)) for s in Status]),
        Menu(
            "Priority",
            "priority",
            [_toggle(state, "priority", p, words(p)) for p in reversed(PRIORITY_RANKS)],
        ),
        Menu(
            "List",
            "list_id",
            [_switch(state, one.name, "list_id", str(one.id)) for one in choices.lists],
        ),
        Menu("Tag", "tags", [_toggle(state, "tags", name, name) for name in tags]),
        Menu(
            "Assignee",
            "assigned_to",
            [_switch(state, name, "assigned_to", name) for name in choices.people],
        ),
    ]


def active(state: State, choices: Choices) -> list[Chip]:
    """Return what is on and not to be seen as such among the filters of one click."""
    return [
        chip for name, text in state.filters.items() for chip in _on(state, choices, name, text)
    ]


def _on(state: State, choices: Choices, name: str, text: str) -> Iterator[Chip]:
    if name in ("find", state.text_is) or (name, text) in (one[1:] for one in _QUICK):
        return
    if name == "status" and (state.is_open or not state.status):
        return
    # More are refused, and a chip for each would have all others in its address.
    if name in _MANY and text.count(",") < TAGS_MAX:
        for one in _split(state.status if name == "status" else text):
            told = one if name == "tags" else words(one)
            yield Chip(_label(name, told), _toggle(state, name, one, "").url, is_on=True)
    else:
        yield Chip(_label(name, _told(choices, name, text)), _with(state, name, "").url, is_on=True)


def _told(choices: Choices, name: str, text: str) -> str:
    if name == "list_id":
        return next((one.name for one in choices.known.values() if str(one.id) == text), text)
    if name == "view":
        return next((view.name for view in choices.views if str(view.id) == text), text)
    return text


def _label(name: str, told: str) -> str:
    short = told if len(told) <= _SHOWN_MAX else f"{told[:_SHOWN_MAX]}…"
    return f"{named(name)}: {short}"


def _switch(state: State, label: str, name: str, value: str) -> Chip:
    """Return a filter that takes the place of others by the same parameter."""
    is_on = state[name] == value
    return Chip(label, _with(state, name, "" if is_on else value).url, is_on)


def _toggle(state: State, name: str, value: str, label: str) -> Chip:
    """Return a filter that stands beside others by the same parameter."""
    values = _split(state.status if name == "status" else state[name])
    is_on = value in values
    others = [one for one in values if one != value]
    return Chip(
        label, _with(state, name, ",".join(others if is_on else [*values, value])).url, is_on
    )


def _with(state: State, name: str, value: str) -> State:
    """Return the state with this value; where no filter is left, that of all todos."""
    changed = state.explicit.but(**{name: value})
    return changed if changed.filters else changed.but(status="any")


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
