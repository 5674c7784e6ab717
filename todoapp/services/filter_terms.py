"""What a text in the filter language says that a parameter of the list says as well.

For parameters there are indexes (`todo_order`, `todos_by_tag`), and for words that of the search.
So `tags : tax AND priority >= high` is asked as `tags=tax`, and of what is found, the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from todoapp.schemas.todo import SEARCH_SORTS
from todoapp.services.filter_language import Expression, fields, parse
from todoapp.services.filter_language.tree import And, Comparison
from todoapp.text import Phrase

Query = Mapping[str, Any]
#: Parameters, and whether they say all of a term.
_Told = tuple[dict[str, Any], bool]


def apart(query: Query) -> Query:
    """Return `query` (schemas.todo.TodoQuery) with its filters read, and told by parameters.

    In the place of each text is the expression that is left of it, if any. Raises BadFilter.
    """
    for name in ("filter", "view_filter"):
        if name in query:
            text, others = query[name], {key: query[key] for key in query if key != name}
            query = _taken_apart(parse(text), others, name)
    return query


def _taken_apart(expression: Expression, query: dict[str, Any], name: str) -> Query:
    rest = []
    for term in _terms(expression):
        parameters, is_all = _told(term, query)
        query |= parameters
        if not is_all:
            rest.append(term)
    if rest:
        query[name] = And(tuple(rest)) if len(rest) > 1 else rest[0]
    return query


def _terms(expression: Expression) -> Iterator[Expression]:
    """Yield what must all be true."""
    if isinstance(expression, And) and expression != _OVERDUE:
        for part in expression.parts:
            yield from _terms(part)
    else:
        yield expression


_OVERDUE = fields.FLAGS["overdue"]
#: By field and operator: the parameter, and what makes its value of ours.
_SINGLE: dict[tuple[str, str], tuple[str, Callable[[Any], Any]]] = {
    ("status", "="): ("status", lambda word: [word]),
    ("parent_id", "="): ("parent_id", str),
    ("list_id", "="): ("list_id", int),
    ("assigned_to", "="): ("assigned_to", str),
    ("created_by", "="): ("created_by", str),
}


def _told(term: Expression, query: Query) -> _Told:
    """Return what tells `term` beside `query`, in which a parameter of one value may be taken."""
    if term == _OVERDUE and "due" not in query:
        return {"due": "overdue"}, True
    if not isinstance(term, Comparison):
        return {}, False
    if (term.field, term.operator) == ("tags", ":"):
        return {"tags": [*query.get("tags", ()), term.value]}, True
    if term.operator == ":":
        # An index of words knows no other order.
        return _searched(term, query) if query.get("sort") in SEARCH_SORTS else ({}, False)
    name, made = _SINGLE.get((term.field, term.operator), ("", str))
    return ({name: made(term.value)}, True) if name and name not in query else ({}, False)


def _searched(term: Comparison, query: Query) -> _Told:
    """Return the search for each of the words, which cannot say where they are."""
    written = str(term.value)
    phrases = [Phrase((word,)) for word in written.split()]
    phrases[-1] = phrases[-1]._replace(is_open=not written.endswith(" "))
    is_all = term.field == "text" and len(phrases) == 1
    return {"q": [*query.get("q", ()), *phrases]}, is_all
