"""What is wrong with the form of a filter, and what to write instead."""

import re

from todoapp.errors import BadFilter
from todoapp.services.filter_language.fields import FIELDS, FLAGS, operators
from todoapp.services.filter_language.lexer import Kind, Token
from todoapp.services.filter_language.values import listed, shown

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", ":")
MIXED = (
    "AND and OR are mixed: say by parentheses what belongs together, as in "
    "`open = true AND (tags : home OR tags : work)`."
)
#: What other languages write.
_INSTEAD = {
    "==": "=",
    "===": "=",
    "<>": "!=",
    "!==": "!=",
    "=<": "<=",
    "=>": ">=",
    "~": ":",
    "=~": ":",
    "::": ":",
    "&": "AND",
    "&&": "AND",
    "|": "OR",
    "||": "OR",
    "!": "NOT",
}
_KEYWORDS = ("AND", "OR", "NOT")
#: What cannot stand in a value without quotes: more of the filter follows, or so it looks.
_STRAY = re.compile(r"[=<>&|,]")
_DISTANCE = re.compile(r"[+-]?[0-9]*[a-z]?")


def _syntax(token: Token, detail: str) -> BadFilter:
    return BadFilter(token.position, "syntax", detail)


def _keyword(token: Token) -> BadFilter | None:
    """Return the refusal of what means a keyword and is written in another way."""
    meant = _INSTEAD.get(token.text) if token.kind is Kind.SIGN else token.text.upper()
    if token.kind not in (Kind.SIGN, Kind.WORD) or meant not in _KEYWORDS:
        return None
    detail = f"For {shown(token.text)} write `{meant}`"
    return _syntax(
        token, f"{detail}: keywords are upper case." if token.text.isalpha() else f"{detail}."
    )


def no_comparison(token: Token) -> BadFilter:
    """Return the refusal of what stands where a comparison should."""
    if keyword := None if token.text in _KEYWORDS else _keyword(token):
        return keyword
    if token.kind is Kind.QUOTED:
        return _syntax(token, f"Where is this to be looked for? Write `text : {_quoted(token)}`.")
    where = f"before {shown(token.text)}" if token.text else "at the end"
    return _syntax(token, f"A comparison is missing {where}, such as `status = pending`.")


def no_operator(word: Token, after: Token) -> BadFilter:
    """Return the refusal of a word without an operator behind it."""
    if keyword := _keyword(word):
        return keyword
    if word.text in FIELDS:
        return _syntax(after, _missing_operator(word.text, after.text.lower()))
    return _syntax(
        word,
        f"{shown(word.text)} is not compared with anything: to look for words, write "
        f"`text : {word.text[:40]}`.",
    )


def _missing_operator(name: str, after: str) -> str:
    if after == "in":
        return f"For any of several write `({name} = a OR {name} = b)`."
    if after == "is":
        return f"To ask whether it is set write `{name}:*`, and `NOT {name}:*` whether it is not."
    if name in FLAGS:
        return f"After `{name}` an operator is missing: write `{name} = true`."
    return f"After `{name}` an operator is missing: it takes {listed(operators(name))}."


def known_sign(sign: Token) -> Token:
    """Return `sign`, an operator. Raises BadFilter for one of another language."""
    if sign.text in OPERATORS:
        return sign
    if instead := _INSTEAD.get(sign.text):
        raise _syntax(sign, f"For {shown(sign.text)} write `{instead}`.")
    raise _syntax(sign, f"{shown(sign.text)} is not an operator; these are {listed(OPERATORS)}.")


def no_value(name: str, sign: Token, after: Token) -> BadFilter:
    """Return the refusal of an operator without a value behind it."""
    begun = f"`{name} {sign.text}`"
    if after.kind is Kind.OPEN:
        one = f"{name} {sign.text}"
        return _syntax(after, f"{begun} takes one value: write `({one} a OR {one} b)`.")
    return _syntax(after, f'A value is missing after {begun}; an empty one is written `""`.')


def plain_value(name: str, sign: Token, value: Token) -> Token:
    """Return `value`. Raises BadFilter for one that needs quotes."""
    if value.kind is Kind.QUOTED:
        return value
    if value.text.startswith("'"):
        raise _syntax(value, 'Write double quotes, `"`, around a value.')
    if stray := _STRAY.search(value.text):
        at = Token(Kind.SIGN, stray[0], value.position + stray.start())
        raise _syntax(at, _stray(name, sign, stray[0]))
    return value


def _stray(name: str, sign: Token, stray: str) -> str:
    quotes = f"A value with {shown(stray)} in it needs double quotes"
    if stray == ",":
        one = f"{name} {sign.text}"
        return f"{quotes}; for any of several write `({one} a OR {one} b)`."
    if stray in "&|":
        return f"{quotes}; between comparisons write `{_INSTEAD[stray]}`."
    return f"{quotes}; between comparisons stands a space, and AND or OR."


def not_joined(before: Token, token: Token, after: Token | None = None) -> BadFilter:
    """Return the refusal of what follows a comparison without AND or OR."""
    if keyword := _keyword(token):
        return keyword
    if before.text in ("now", "today") and _DISTANCE.fullmatch(token.text):
        return _syntax(
            token, f"Write `{before.text}+7d` without spaces; in a URL, + is encoded as %2B."
        )
    begins = token.kind in (Kind.OPEN, Kind.MINUS) or token.text == "NOT"
    if begins or (after and after.kind is Kind.SIGN):
        return _syntax(token, "Between comparisons AND or OR is missing.")
    return _syntax(
        token,
        f"Here AND or OR is missing; or quote values with spaces, such as "
        f'"{before.text[:40]} {token.text[:40]}".',
    )


def _quoted(token: Token) -> str:
    return f'"{token.text[:40]}"'
