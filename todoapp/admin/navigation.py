"""What the sidebar shows, and to whom."""

from typing import NamedTuple

from flask import url_for
from flask_login import current_user


class Link(NamedTuple):
    """A link of the sidebar; its page says which one it is by the name, as does its icon."""

    name: str
    title: str
    url: str


_GROUPS = (
    ("", (("dashboard", "Dashboard"), ("todos", "Todos"), ("trash", "Trash"))),
    ("Organise", (("lists", "Lists"), ("tags", "Tags"), ("views", "Saved views"))),
    (
        "Oversee",
        (("activity", "Activity"), ("keys", "API keys"), ("users", "Users"), ("system", "System")),
    ),
)
#: What services refuse to everybody but administrators.
_ADMINISTRATORS = frozenset({"users", "system"})


def navigation() -> list[tuple[str, list[Link]]]:
    """Return the groups of links that the visitor has, each with its title."""
    groups = [
        (title, [_link(*one) for one in links if _is_shown(one[0])]) for title, links in _GROUPS
    ]
    return [*groups, ("Reference", [Link("reference", "API reference", "/docs")])]


def _is_shown(name: str) -> bool:
    return name not in _ADMINISTRATORS or current_user.actor.is_administrator


def _link(name: str, title: str) -> Link:
    return Link(name, title, url_for(f"admin.{name}"))
