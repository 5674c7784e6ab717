"""The fields of a filter: which operators each takes, and how its values are read."""

from collections.abc import Mapping

from todoapp import limits
from todoapp.errors import BadFilter
from todoapp.services.filter_language import values
from todoapp.services.filter_language.lexer import Kind, Token
from todoapp.services.filter_language.tree import And, Comparison, Expression, Not, Or, Relative
from todoapp.services.filter_language.values import Reader, listed, nearest, refuse, shown

Readers = Mapping[str, Reader]


def _same(read: Reader) -> Readers:
    return {"=": read, "!=": read}


def _ordered(read: Reader) -> Readers:
    return dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), read)


#: By field, and by operator, what reads the value.
FIELDS: dict[str, Readers] = {
    "id": _ordered(values.whole),
    "uid": _same(values.exact),
    "title": {**_same(values.folded), ":": values.words},
    "description": {":": values.words},
    "text": {":": values.words},
    "status": _same(values.one_of(limits.Status)),
    "completed": _same(values.flag),
    "open": _same(values.flag),
    "overdue": _same(values.flag),
    "priority": _ordered(values.rank),
    "tags": {":": values.folded},
    "due_date": _ordered(values.moment),
    "assigned_to": _same(values.username),
    "created_by": _same(values.username),
    "parent_id": _ordered(values.whole),
    "list_id": _ordered(values.whole),
    "position": _ordered(values.number),
    "version": _ordered(values.whole),
    "created_at": _ordered(values.moment),
    "updated_at": _ordered(values.moment),
    "completed_at": _ordered(values.moment),
    "deleted_at": _ordered(values.moment),
}
_OPEN = Or(tuple(Comparison("status", "=", str(status)) for status in limits.OPEN_STATUSES))
#: What is true or false, said in other fields.
FLAGS: dict[str, Expression] = {
    "completed": Comparison("status", "=", str(limits.Status.COMPLETED)),
    "open": _OPEN,
    "overdue": And((_OPEN, Comparison("due_date", "<", Relative("now")))),
}
#: What is no value of the todo's own has no `:*`.
_NEVER_UNSET = ("text", "completed", "open", "overdue")
#: What people write for a field that is not set.
_NOTHING = ("", "null", "none", "nil", "unset", "empty")


def known(word: Token) -> str:
    """Return the name of a field. Raises BadFilter for another word."""
    if word.text not in FIELDS:
        hint = nearest(word.text, FIELDS)
        rest = f", {hint}" if hint else f": the fields are {listed(FIELDS)}."
        raise BadFilter(word.position, "unknown_field", f"Unknown field {shown(word.text)}{rest}")
    return word.text


def comparison(name: str, sign: Token, value: Token) -> Expression:
    """Return what a comparison of the field `name` says. Raises BadFilter."""
    if value.kind is Kind.BARE and value.text == "*":
        return _set(name, sign, value)
    readers = FIELDS[name]
    if sign.text not in readers:
        raise BadFilter(sign.position, "operator", _takes(name, sign.text))
    _refuse_nothing(name, sign, value)
    read = readers[sign.text](value)
    if name in FLAGS:
        return FLAGS[name] if read == (sign.text == "=") else Not(FLAGS[name])
    if sign.text == "!=":
        return Not(Comparison(name, "=", read))
    return Comparison(name, sign.text, read)


def _set(name: str, sign: Token, value: Token) -> Expression:
    if sign.text != ":":
        raise refuse(value, f"To ask whether it is set, write `{name}:*`.")
    if name in _NEVER_UNSET:
        raise BadFilter(sign.position, "operator", _takes(name, ":*"))
    return Comparison(name, ":*")


def _takes(name: str, written: str) -> str:
    return f"`{name}` does not take {shown(written)}, only {listed(operators(name))}."


def operators(name: str) -> list[str]:
    """Return what the field `name` can be compared by."""
    return [*FIELDS[name], *([] if name in _NEVER_UNSET else [":*"])]


def _refuse_nothing(name: str, sign: Token, value: Token) -> None:
    """Say how to ask for what is unset, wherever the word for it is not a value itself."""
    if value.text.strip().lower() not in _NOTHING or FIELDS[name][sign.text] in _TEXTS:
        return
    if sign.text == "!=":
        raise refuse(value, f"To ask whether it is set, write `{name}:*`.")
    raise refuse(value, f"To ask whether it is not set, write `NOT {name}:*`.")


_TEXTS = (values.exact, values.folded, values.words, values.flag)
