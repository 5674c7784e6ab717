"""The values of a filter: each kind is read from its token, or refused with what to write."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from difflib import get_close_matches

from marshmallow import ValidationError

from todoapp import limits, text
from todoapp.errors import BadFilter
from todoapp.schemas.times import DueDate
from todoapp.services.filter_language.lexer import Kind, Token
from todoapp.services.filter_language.tree import Relative, Value

#: Reads the value of a comparison, as the database has it.
Reader = Callable[[Token], Value]

_WHOLE = re.compile(r"-?[0-9]{1,16}")
_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,20})?")
_RELATIVE = re.compile(r"(now|today)(?:([+-])([0-9]{1,9})(\w*))?")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DATE = DueDate()
#: Of what somebody wrote, an error repeats no more.
_QUOTED_MAX = 40
#: So many characters of a name tell which one was meant.
_BEGINNING_MIN = 3


def shown(written: str) -> str:
    """Return `written` between backticks, shortened."""
    return f"`{written if len(written) <= _QUOTED_MAX else written[:_QUOTED_MAX] + '…'}`"


def nearest(written: str, known: Iterable[str]) -> str:
    """Return the question whether one of `known` was meant, or nothing."""
    word, names = written[:_QUOTED_MAX].lower(), list(known)
    begun = [name for name in names if len(word) >= _BEGINNING_MIN and name.startswith(word)]
    close = begun or get_close_matches(word, names, n=1)
    return f"did you mean `{close[0]}`?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return `names` between backticks, as a sentence has them."""
    *others, last = [f"`{name}`" for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def refuse(token: Token, detail: str) -> BadFilter:
    """Return the refusal of a value."""
    return BadFilter(token.position, "value", detail)


def whole(token: Token) -> Value:
    """Read a whole number within plus or minus 2^53."""
    if not _WHOLE.fullmatch(token.text) or abs(int(token.text)) > limits.MAX_INTEGER:
        raise refuse(token, f"{shown(token.text)} is not a whole number up to 2^53, such as 7.")
    return int(token.text)


def number(token: Token) -> Value:
    """Read a number within plus or minus 2^53."""
    if not _NUMBER.fullmatch(token.text) or abs(float(token.text)) > limits.MAX_INTEGER:
        raise refuse(token, f"{shown(token.text)} is not a number up to 2^53, such as 2.5.")
    return float(token.text)


def exact(token: Token) -> Value:
    """Read text that is compared as it is."""
    return _clean(token).text


def folded(token: Token) -> Value:
    """Read a title or a tag, which are the same whatever their case."""
    return text.fold(_clean(token).text.strip())


def words(token: Token) -> Value:
    """Read words that follow each other, as they stand in `search_text`.

    In quotes the last of them is whole; else it may be the beginning of one.
    """
    found = text.words(_clean(token).text)
    if not found:
        raise refuse(token, f"{shown(token.text)} has no letter and no digit to look for.")
    return text.written(found, is_open=token.kind is Kind.BARE)


def username(token: Token) -> Value:
    """Read the name of a person, or `me`."""
    if not re.fullmatch(limits.USERNAME_PATTERN, token.text):
        raise refuse(
            token, f"{shown(token.text)} is not a username, such as ada: write one, or `me`."
        )
    return token.text


def flag(token: Token) -> bool:
    """Read true or false."""
    if token.text not in ("true", "false"):
        raise refuse(token, f"{shown(token.text)} is neither `true` nor `false`.")
    return token.text == "true"


def one_of(known: Iterable[str]) -> Reader:
    """Return the reader of the words of an enumeration."""
    names = tuple(map(str, known))

    def read(token: Token) -> Value:
        if token.text not in names:
            hint = nearest(token.text, names)
            detail = f"{shown(token.text)} is not one of {listed(names)}"
            raise refuse(token, f"{detail}; {hint}" if hint else f"{detail}.")
        return token.text

    return read


_priority_name = one_of(limits.PRIORITY_RANKS)


def rank(token: Token) -> Value:
    """Read a priority, which is compared by its rank."""
    return limits.PRIORITY_RANKS[str(_priority_name(token))]


def moment(token: Token) -> Value:
    """Read a date, an instant, or what is counted from `now` or `today`."""
    if token.text.startswith(("now", "today")):
        return _relative(token)
    try:
        found: Value = _DATE.deserialize(token.text)
    except ValidationError as error:
        if "years" in error.messages[0]:
            raise refuse(token, "Dates are in the years 1900 to 9998.") from None
        raise refuse(token, _no_moment(token.text)) from None
    return found


_NO_OFFSET = re.compile(r"[0-9-]{10}[Tt][0-9:.]{5,16}")
_BARE_DISTANCE = re.compile(r"[0-9]{1,9}[hdw]")
#: What people say, and how to write it.
_DAYS = {"yesterday": "today-1d", "tomorrow": "today+1d"}


def _no_moment(written: str) -> str:
    if instead := _DAYS.get(written.lower()):
        return f"For {shown(written)} write `{instead}`."
    if _BARE_DISTANCE.fullmatch(written):
        return (
            f"For {shown(written)} from now write `now+{written}`; for before it, `now-{written}`."
        )
    if _NO_OFFSET.fullmatch(written):
        return "An instant ends with its offset, `Z` or one such as `+01:00`; in a URL, + is %2B."
    return (
        f"{shown(written)} is not a moment: write a date such as 2026-11-30, an instant such as "
        "2026-11-30T09:00:00Z, `now`, `today`, or one of these with a distance, such as `now+7d`."
    )


def _relative(token: Token) -> Relative:
    match = _RELATIVE.fullmatch(token.text)
    if not match:
        raise refuse(token, _no_moment(token.text))
    anchor, sign, amount, unit = match.groups()
    if sign is None:
        return Relative("now" if anchor == "now" else "today")
    if unit not in _UNITS:
        raise refuse(token, _no_unit(unit))
    if anchor == "today" and unit == "h":
        raise refuse(token, "`today` is a day: count hours from `now`, as in `now+12h`.")
    if int(amount) > limits.FILTER_REACH / _UNITS[unit]:
        raise refuse(token, f"{shown(token.text)} is more than {limits.FILTER_REACH.days}d away.")
    distance = int(amount) * _UNITS[unit]
    return Relative("now" if anchor == "now" else "today", -distance if sign == "-" else distance)


def _no_unit(unit: str) -> str:
    allowed = "A distance ends with `h`, `d` or `w`: hours, days, weeks"
    if unit == "m":
        return f"{allowed}. For a month write `30d` or `4w`; for minutes an instant."
    return f"{allowed}, as in `now+7d`."


def _clean(token: Token) -> Token:
    if text.has_control(token.text, allowed="\n\r\t"):
        raise refuse(token, "A value cannot have control characters in it.")
    return token
