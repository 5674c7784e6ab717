"""Which things in the trash a form or an address picks: some of them, or all that match."""

from typing import Any

from flask import request
from flask_login import current_user

from todoapp.limits import BULK_MAX
from todoapp.schemas.trash import TrashQuery
from todoapp.services import trash_lines
from todoapp.services.trash_lines import Picked


def pick() -> Picked:
    """Return what is picked. Raises Invalid for all that match what cannot be looked for."""
    if not request.values.get("all"):
        return Picked(_ids("lists"), _ids("todos"))
    text = request.values.get("q", "")
    query = TrashQuery.parse_query({"q": [text]} if text else {})
    return trash_lines.pick_all(current_user.actor, query)


def named() -> dict[str, Any]:
    """Return the parameters that pick it, to be sent again."""
    found = {
        "lists": _ids("lists"),
        "todos": _ids("todos"),
        "all": request.values.get("all"),
        "q": request.values.get("q"),
    }
    return {name: value for name, value in found.items() if value}


def _ids(name: str) -> list[int]:
    texts = [text for text in request.values.getlist(name) if text.isdecimal() and len(text) < 17]
    return [int(text) for text in texts[:BULK_MAX]]
