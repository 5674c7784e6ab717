"""From tokens to the tree, by recursive descent; no deeper than a filter may be nested."""

from dataclasses import replace
from functools import lru_cache

from todoapp import limits
from todoapp.errors import BadFilter, Invalid
from todoapp.services.filter_language import advice, fields
from todoapp.services.filter_language.lexer import Kind, Token, tokens
from todoapp.services.filter_language.tree import And, Expression, Not, Or

JOINERS = ("AND", "OR")


@lru_cache(maxsize=256)
def parse(text: str) -> Expression:
    """Return what `text` says. Raises BadFilter, with the position and what to write instead."""
    if len(text) > limits.FILTER_MAX:
        detail = f"A filter has at most {limits.FILTER_MAX} characters."
        raise BadFilter(limits.FILTER_MAX, "too_long", detail)
    return _Parser(tokens(text)).whole()


def check(text: str) -> None:
    """Raise Invalid, saying where, unless `text`, the `filter` of a body, can be read."""
    try:
        parse(text)
    except BadFilter as error:
        found = [replace(one, where="/filter", in_query=False) for one in error.errors]
        raise Invalid(found) from None


class _Parser:
    """Reads one filter, from left to right."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._next = 0
        self._comparisons = 0

    def whole(self) -> Expression:
        """Return all of it."""
        found = self._combination(1)
        if self._ahead().kind is Kind.CLOSE:
            raise BadFilter(self._ahead().position, "syntax", "There is no `(` for this `)`.")
        return found

    def _combination(self, depth: int) -> Expression:
        """Return what is joined by AND, or by OR."""
        parts = [self._operand(depth)]
        joiners = []
        while self._ahead().kind not in (Kind.CLOSE, Kind.END):
            joiners.append(self._joiner())
            if joiners[-1].text != joiners[0].text:
                raise BadFilter(joiners[-1].position, "mixed", advice.MIXED)
            parts.append(self._operand(depth))
        if not joiners:
            return parts[0]
        return (And if joiners[0].text == "AND" else Or)(tuple(parts))

    def _joiner(self) -> Token:
        if self._ahead().kind is Kind.WORD and self._ahead().text in JOINERS:
            return self._take()
        raise advice.not_joined(*self._tokens[self._next - 1 : self._next + 2])

    def _operand(self, depth: int) -> Expression:
        """Return a comparison, or what is negated or in parentheses."""
        token = self._take()
        if depth > limits.FILTER_DEPTH_MAX:
            detail = f"A filter is nested at most {limits.FILTER_DEPTH_MAX} deep."
            raise BadFilter(token.position, "too_deep", detail)
        if token.kind is Kind.MINUS or (token.kind, token.text) == (Kind.WORD, "NOT"):
            return Not(self._operand(depth + 1))
        if token.kind is Kind.OPEN:
            return self._enclosed(token, depth + 1)
        return self._comparison(token)

    def _enclosed(self, opening: Token, depth: int) -> Expression:
        found = self._combination(depth)
        if self._take().kind is not Kind.CLOSE:
            raise BadFilter(opening.position, "syntax", "This `(` is not closed: a `)` is missing.")
        return found

    def _comparison(self, word: Token) -> Expression:
        if word.kind is not Kind.WORD or word.text in JOINERS:
            raise advice.no_comparison(word)
        if self._ahead().kind is not Kind.SIGN:
            raise advice.no_operator(word, self._ahead())
        name = fields.known(word)
        sign = advice.known_sign(self._take())
        value = self._take()
        if value.kind not in (Kind.BARE, Kind.QUOTED):
            raise advice.no_value(name, sign, value)
        self._comparisons += 1
        if self._comparisons > limits.FILTER_COMPARISONS_MAX:
            detail = f"A filter has at most {limits.FILTER_COMPARISONS_MAX} comparisons."
            raise BadFilter(word.position, "too_many", detail)
        return fields.comparison(name, sign, advice.plain_value(name, sign, value))

    def _ahead(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        """Return the next token, and go on; the end stays the next."""
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token
