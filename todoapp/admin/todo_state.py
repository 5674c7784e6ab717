"""What the list of todos shows: all of it is in the address, in the parameters of the API's list.

Three words are the page's own: `find` is what was typed into the box, words or a filter; `status`
may also be `open`, which is short for three, or `any`. Where nothing is asked for, open todos are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import url_for
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri

from todoapp.errors import Malformed
from todoapp.limits import OPEN_STATUSES
from todoapp.schemas.todo import SEARCH_SORTS, TodoQuery
from todoapp.services import todo_search_box

#: Parameters that choose no todos.
HOW = ("sort", "page_size", "page_token")
#: What the API's list takes and the page sees to itself, or has another page for; and its own.
_LEFT_OUT = frozenset({"count", "fields", "everyone", "trashed", "rename", "format"})
#: More parameters than there are. What is wrong with each is told, with a link that has all others.
_MOST = 50
_OPEN = ",".join(OPEN_STATUSES)
_STATUS = {"open": _OPEN, "any": ""}


@dataclass(frozen=True)
class State:
    """The parameters, without those that are blank."""

    parameters: Mapping[str, str]

    @classmethod
    def of(cls, given: MultiDict[str, str]) -> "State":
        """Return what an address says; what stands in it twice is joined by commas.

        Raises Malformed for too many parameters.
        """
        if len(given) > _MOST:
            raise Malformed("The address has more parameters than there are.")
        said = {name: ",".join(filter(None, values)) for name, values in given.lists()}
        if said.get("find", "").strip():
            said |= {"filter": "", "q": ""}
        kept = {name: text for name, text in said.items() if name not in _LEFT_OUT}
        return cls({name: text for name, text in kept.items() if text.strip()})

    @classmethod
    def at(cls, url: str) -> "State":
        """Return what the address of a page of the list says."""
        return cls.of(MultiDict(parse_qsl(urlsplit(url).query)))

    def __getitem__(self, name: str) -> str:
        """Return a parameter, or nothing."""
        return self.parameters.get(name, "")

    def but(self, **changed: str | None) -> "State":
        """Return it with other values, at its first page; None takes one out."""
        wanted = {**self.parameters, "page_token": None, **changed}
        return State({name: text for name, text in wanted.items() if text})

    def without(self, *names: str) -> "State":
        """Return it without some parameters, at its first page."""
        return self.but(**dict.fromkeys(names))

    @property
    def all(self) -> "State":
        """The list of all todos, shown in the same way."""
        shown = {name: text for name, text in self.parameters.items() if name in HOW}
        return State(shown).but(status="any")

    @property
    def narrows(self) -> bool:
        """Whether fewer than all todos are asked for, and not just the open ones of the default."""
        return self.filters not in ({}, {"status": "any"})

    @property
    def query_string(self) -> str:
        """The state as it stands in an address."""
        return urlencode(self.parameters, safe=",:")

    @property
    def url(self) -> str:
        """The address of the page."""
        path = url_for("admin.todos")
        return iri_to_uri(f"{path}?{self.query_string}") if self.parameters else path

    def url_renaming(self, todo_id: int) -> str:
        """Return the address where the title of one of the todos can be edited."""
        return f"{self.url}{'&' if self.parameters else '?'}rename={todo_id}"

    def export_url(self, kind: str) -> str:
        """Return the address of the list as a file, in one of the formats of the API."""
        parameters = {**self.parameters, "format": kind}
        return f"{url_for('admin.export_todos')}?{urlencode(parameters)}"

    @property
    def filters(self) -> dict[str, str]:
        """The parameters that choose todos."""
        return {name: text for name, text in self.parameters.items() if name not in HOW}

    @property
    def is_default(self) -> bool:
        """Whether nothing is asked for, so that open todos are."""
        return not self.filters

    @property
    def status(self) -> str:
        """The statuses, as the API takes them; nothing: any."""
        status = "open" if self.is_default else self["status"]
        return _STATUS.get(status, status)

    @property
    def is_open(self) -> bool:
        """Whether the statuses are those of open todos."""
        return set(self.status.split(",")) == set(OPEN_STATUSES)

    @property
    def explicit(self) -> "State":
        """The same, saying what goes without saying: to add to it."""
        return self.but(status="open") if self.is_default else self.but()

    @property
    def text(self) -> str:
        """What is in the box."""
        return self["find"] or self["filter"] or self["q"]

    @property
    def text_is(self) -> str:
        """What the text in the box is: `filter` or `q`; nothing: there is none."""
        if self["find"]:
            return todo_search_box.parameter(self["find"])
        return next((name for name in ("filter", "q") if self[name]), "")

    @property
    def asked(self) -> dict[str, str]:
        """The parameters by which the API lists these very todos.

        Words have an order of their own, in which they stay.
        """
        asked = {**self.parameters, "status": self.status, "find": ""}
        if self["find"]:
            asked[self.text_is] = self["find"]
        if asked.get("q") and self["sort"] not in SEARCH_SORTS:
            asked["sort"] = ""
        return {name: text for name, text in asked.items() if text}

    @property
    def query(self) -> dict[str, Any]:
        """What these are, loaded. Raises Invalid with all that is wrong with them."""
        return TodoQuery.parse_query({name: [text] for name, text in self.asked.items()})
