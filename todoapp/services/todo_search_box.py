"""One box for words and for the filter language.

The rule, as people are told it: a text that compares a field, such as `priority >= high` or
`tags : home`, is a filter; any other is words to look for. What is nearly a field counts as one, so
that `pirority = high` is mended and not looked for. A colon is common in plain text: before it
stands a field or something very close to one, else `Re: invoice` could not be looked for.
"""

import re
from difflib import get_close_matches

from todoapp.services.filter_language.fields import FIELDS

_QUOTED = re.compile(r'"[^"]*("|$)')
#: A name of two letters or more, and the operator behind it.
_COMPARED = re.compile(r"(?:^|[\s(])-?([A-Za-z_]{2,})\s*(=|!=|<|>|~|:)")
_CLOSE = 0.8


def parameter(text: str) -> str:
    """Return which parameter of schemas.todo.TodoQuery `text` is meant for: `filter` or `q`."""
    bare = _QUOTED.sub('""', text)
    return "filter" if any(_compares(*found) for found in _COMPARED.findall(bare)) else "q"


def _compares(name: str, sign: str) -> bool:
    return sign != ":" or bool(get_close_matches(name.lower(), FIELDS, n=1, cutoff=_CLOSE))
