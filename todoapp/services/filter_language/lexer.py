"""The words and signs of a filter.

What follows an operator is a value, and ends at a space, a parenthesis or a quote; so
`due_date<now+7d` needs no spaces, and `2026-11-30T09:00:00Z` no quotes.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

from todoapp.errors import BadFilter


class Kind(Enum):
    """What a token is."""

    WORD = auto()  # a field, a keyword, or what should not be there
    SIGN = auto()  # a run of the characters of operators
    BARE = auto()  # a value
    QUOTED = auto()  # a value, without its quotes
    MINUS = auto()
    OPEN = auto()
    CLOSE = auto()
    END = auto()


class Token(NamedTuple):
    """A part of a filter; `position`: of its first character, from 0."""

    kind: Kind
    text: str
    position: int


_SPACE = re.compile(r"\s*")
_SIGN = re.compile(r"[=!<>:~&|]+")
_WORD = re.compile(r'(?:AND|OR|NOT)(?=-)|[^\s()"=!<>:~&|]+')
_BARE = re.compile(r'[^\s()"]+')
_INSIDE = re.compile(r'(?:[^"\\]|\\["\\])*')
_ESCAPE = re.compile(r"\\(.)")
_SINGLE = {"(": Kind.OPEN, ")": Kind.CLOSE, "-": Kind.MINUS}


def tokens(text: str) -> list[Token]:
    """Return the tokens of `text`, the last of which is its end. Raises BadFilter."""
    found: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        wants_value = bool(found) and found[-1].kind is Kind.SIGN
        token, end = _token(text, position, wants_value=wants_value)
        found.append(token)
        position = _skip(text, end)
    return [*found, Token(Kind.END, "", len(text))]


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _token(text: str, position: int, *, wants_value: bool) -> tuple[Token, int]:
    """Return the token that begins at `position`, and where it ends."""
    first = text[position]
    if first == '"':
        return _quoted(text, position)
    if first in "()" or (first == "-" and not wants_value):
        return Token(_SINGLE[first], first, position), position + 1
    if wants_value:
        return _run(_BARE, Kind.BARE, text, position)
    sign = _SIGN.match(text, position)
    return _run(_SIGN if sign else _WORD, Kind.SIGN if sign else Kind.WORD, text, position)


def _run(pattern: re.Pattern[str], kind: Kind, text: str, position: int) -> tuple[Token, int]:
    run = pattern.match(text, position)
    assert run  # noqa: S101 - each character begins one of them
    return Token(kind, run[0], position), run.end()


def _quoted(text: str, position: int) -> tuple[Token, int]:
    inside = _INSIDE.match(text, position + 1)
    end = inside.end() if inside else position
    if not inside or end == len(text):
        raise BadFilter(position, "syntax", 'This quote is not closed: end the value with `"`.')
    if text[end] == "\\":
        raise BadFilter(end, "syntax", r"In quotes, write `\"` for a quote and `\\` for `\`.")
    return Token(Kind.QUOTED, _ESCAPE.sub(r"\1", inside[0]), position), end + 1
