"""The condition that a filter is in SQL, apart from the values that are bound to it.

NOT is moved down to the comparisons, which it makes two-valued: so what is not negated
stays plain, and its indexes can be used.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from todoapp.models import TodoTag, User
from todoapp.services import moments
from todoapp.services.access import Actor
from todoapp.services.filter_language.tree import And, Comparison, Expression, Not, Or, Relative

#: All that fixes the SQL of a filter, nested: `("and", …)`, `("or", …)`, `("not", …)`, or a
#: comparison: its field, its operator, the form of its value, and the name of its parameter.
Variant = tuple[Any, ...]
Bound = dict[str, Any]
Condition = ColumnElement[bool]


def bind(expression: Expression, actor: Actor, now: datetime, prefix: str) -> tuple[Variant, Bound]:
    """Return the variant of `expression` and its values, in parameters named after `prefix`.

    Days are those of the actor's timezone, and `me` is the actor.
    """
    binder = _Binder(actor, now, prefix)
    return binder.variant(expression, negated=False), binder.bound


class _Binder:
    """Names the parameters of one filter, in order."""

    def __init__(self, actor: Actor, now: datetime, prefix: str) -> None:
        self._actor, self._now, self._prefix = actor, now, prefix
        self._count = 0
        self.bound: Bound = {}

    def variant(self, node: Expression, *, negated: bool) -> Variant:
        """Return the variant of `node`, or of its negation (De Morgan)."""
        match node:
            case Not(part):
                return self.variant(part, negated=not negated)
            case And(parts) | Or(parts):
                word = "and" if isinstance(node, And) != negated else "or"
                return (word, *(self.variant(part, negated=negated) for part in parts))
            case Comparison():
                plain = self._comparison(node)
                return ("not", plain) if negated else plain

    def _comparison(self, one: Comparison) -> Variant:
        name = f"{self._prefix}_{self._count}"
        self._count += 1
        form, values = self._values(one, name)
        self.bound |= values
        return one.field, one.operator, form, name

    def _values(self, one: Comparison, name: str) -> tuple[str, Bound]:
        value = one.value
        if isinstance(value, Relative):
            value = self._moment(value)
        if isinstance(value, date):
            return moments.bind(value, self._actor.zone, name)
        if one.field in _PEOPLE and value == "me":
            value = self._actor.username
        return "", {} if value is None else {name: value}

    def _moment(self, relative: Relative) -> date:
        if relative.anchor == "now":
            return self._now + relative.distance
        return self._now.astimezone(self._actor.zone).date() + relative.distance


def condition(todo: Any, variant: Variant) -> Condition:
    """Return the condition on `todo`, an alias of its table."""
    word, *rest = variant
    if word in ("and", "or"):
        join = and_ if word == "and" else or_
        return join(*(condition(todo, part) for part in rest))
    if word == "not":
        return condition(todo, rest[0]).is_not(true())
    return _comparison(todo, *variant)


_PEOPLE = {"assigned_to": "assigned_to_id", "created_by": "created_by_id"}
_COLUMNS = {"title": "title_key", "due_date": "due_key", **_PEOPLE}
_MOMENTS = ("created_at", "updated_at", "completed_at", "deleted_at")


def _comparison(todo: Any, field: str, operator: str, form: str, name: str) -> Condition:
    if field == "tags":
        return _has_tag(todo, None if operator == ":*" else bindparam(name))
    if operator == ":":
        return _has_words(todo, field, bindparam(name, type_=Text()))
    column = todo.c[_COLUMNS.get(field, field)]
    if operator == ":*":
        return _is_set(column)
    if field == "due_date":
        return moments.due(todo, operator, form, name)
    if field in _MOMENTS:
        return moments.compared(column, operator, form, name)
    return moments.COMPARISONS[operator](column, _value(field, column, name))


def _is_set(column: Any) -> Condition:
    """Return the condition that there is a value; a description is never null, but empty."""
    found: Condition = column != "" if column.name == "description" else column.is_not(None)
    return found


def _value(field: str, column: Any, name: str) -> Any:
    if field in _PEOPLE:
        return select(User.id).where(User.username == bindparam(name)).scalar_subquery()
    # Whatever a column holds, any whole number may be asked for.
    return bindparam(name, type_=BigInteger() if isinstance(column.type, Integer) else column.type)


def _has_tag(todo: Any, key: Any) -> Condition:
    tagged = select(TodoTag.todo_id).where(TodoTag.todo_id == todo.c.id).correlate(todo)
    return (tagged if key is None else tagged.where(TodoTag.key == key)).exists()


def _has_words(todo: Any, field: str, words: Any) -> Condition:
    """Return the condition that `words` are in the title (the first line), or after it."""
    folded = todo.c.search_text
    line_end = place_of(folded, literal("\n"))
    if field == "text":
        return place_of(folded, words) > 0
    if field == "title":
        return place_of(folded, words).between(1, line_end)
    # The first part is quick, and mostly enough: to cut the text takes longer than to search it.
    return and_(place_of(folded, words) > 0, place_of(func.substr(folded, line_end), words) > 0)


class place_of(GenericFunction[int]):  # noqa: N801 - it is written like a function
    """The place of one text in another, from 1; 0: it is not there."""

    inherit_cache = True
    name = "strpos"
    type = Integer()


@compiles(place_of, "sqlite")
def _in_sqlite(element: place_of, compiler: Any, **kwargs: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kwargs)})"
