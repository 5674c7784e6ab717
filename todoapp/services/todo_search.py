"""Full text: the phrases of a search, as each engine's index is asked for them.

What people write never reaches the syntax of a search: only folded words do, in quotes, and those
are letters and digits.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    Text,
    UnaryExpression,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql.operators import custom_op

from todoapp.models import todo_search
from todoapp.services.access import SEATS, Sight
from todoapp.text import Phrase, written

Condition = ColumnElement[bool]

#: With more lists than these, to look for each of them takes longer than to pass over others.
_LISTS_MAX = 100


def expression(phrases: Sequence[Phrase], dialect: str) -> str:
    """Return the search that finds what has all of `phrases`."""
    if dialect == "sqlite":
        return " AND ".join(map(_fts5, phrases))
    return " & ".join(map(_tsquery, phrases))


def _fts5(phrase: Phrase) -> str:
    return f'search_text : "{" ".join(phrase.words)}"{" *" if phrase.is_open else ""}'


def _tsquery(phrase: Phrase) -> str:
    joined = " <-> ".join(f"'{word}'" for word in phrase.words)
    return f"({joined}{':*' if phrase.is_open else ''})"


def bind(phrases: Sequence[Phrase], dialect: str) -> dict[str, str]:
    """Return what is bound in a search for `phrases`: for the index, and for the text of a todo."""
    texts = [written(phrase.words, is_open=phrase.is_open) for phrase in phrases]
    return {"search": expression(phrases, dialect), "texts": orjson.dumps(texts).decode()}


def _matches_sqlite(todo: Any, sight: Sight) -> Condition:
    """Return the condition that FTS5 finds `todo`, an alias of its table.

    The plus keeps SQLite from asking FTS5 anew for each todo.
    """
    found_id: ColumnElement[int] = UnaryExpression(todo_search.c.rowid, operator=custom_op("+"))
    asked = bindparam("search", type_=Text())
    listed = " AND list_id : (" + func.group_concat(SEATS[sight].c.list_id, " OR ") + ")"
    found: Condition = todo_search.c.todo_search.match(_in_my_lists(asked + listed, asked, sight))
    it: Condition = todo.c.id == found_id
    return found & it


def _matches_postgresql(todo: Any, sight: Sight) -> Condition:
    """Return the condition that the vector of `todo`, an alias of its table, has it."""
    vector: ColumnElement[Any] = literal_column(f"{todo.name}.search_vector")
    listed = func.string_agg("@" + cast(SEATS[sight].c.list_id, Text), " | ")
    search = _in_my_lists(cast(listed, TSQUERY).op("&&")(_asked()), _asked(), sight)
    found: Condition = vector.bool_op("@@")(search)
    return found


def _asked() -> Any:
    return func.to_tsquery(literal_column("'simple'"), bindparam("search"))


def _in_my_lists(narrowed: Any, asked: Any, sight: Sight) -> Any:
    """Return the search `narrowed` to the lists of the actor, or as `asked` if they are many."""
    search: Select[Any] = select(case((func.count() <= _LISTS_MAX, narrowed), else_=asked))
    return search.select_from(SEATS[sight]).scalar_subquery()


def _holds_sqlite(todo: Any) -> Condition:
    """Return the condition that the text of `todo`, an alias of its table, has all that is asked.

    Nothing but a line's end stands between the last word of the title and the description's first.
    """
    asked = func.json_each(bindparam("texts", type_=Text())).table_valued("value", name="asked")
    text = func.replace(todo.c.search_text, literal("\n "), literal(""))
    missing = select(literal(1)).where(func.instr(text, asked.c.value) == 0)
    return ~missing.correlate(todo).exists()


def _holds_postgresql(todo: Any) -> Condition:
    """Return the condition that the vector of `todo` has it, asked of the function: no index is."""
    vector: ColumnElement[Any] = literal_column(f"{todo.name}.search_vector")
    return func.ts_match_vq(vector, _asked(), type_=Boolean())


#: What tells from `todo` alone whether a search finds it, by the name of the dialect.
HOLDS = {"sqlite": _holds_sqlite, "postgresql": _holds_postgresql}
#: What finds `todo` among the lists of an actor, by the name of the dialect.
MATCHES = {"sqlite": _matches_sqlite, "postgresql": _matches_postgresql}
