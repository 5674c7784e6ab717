"""Two versions of a todo, side by side: what one person typed, what another has saved meanwhile."""

from typing import NamedTuple

from todoapp.admin import todo_texts
from todoapp.admin.differences import label
from todoapp.admin.todo_texts import Texts


class Pair(NamedTuple):
    """A field, as the one and as the other has it."""

    name: str
    label: str
    mine: str
    theirs: str
    #: Who has changed it: `you`, `they` or `both`; nothing: it is the same.
    changed_by: str

    @property
    def keeps_theirs(self) -> bool:
        """Whether theirs is what is kept unless somebody decides: nobody else has touched it."""
        return self.changed_by == "they"


def pairs(mine: Texts, theirs: Texts, seen: str) -> list[Pair]:
    """Return every field of both; `seen`: the marks of what the form was filled in with."""
    mine = {**theirs, **mine}
    of_mine, of_theirs = (todo_texts.untouched(texts, seen) for texts in (mine, theirs))
    return [
        Pair(name, label(name), mine[name], theirs[name], _who(name, of_mine, of_theirs))
        if mine[name] != theirs[name]
        else Pair(name, label(name), mine[name], theirs[name], "")
        for name in todo_texts.NAMES
    ]


def _who(name: str, untouched_by_me: frozenset[str], untouched_by_them: frozenset[str]) -> str:
    if name in untouched_by_me:
        return "they"
    return "you" if name in untouched_by_them else "both"
