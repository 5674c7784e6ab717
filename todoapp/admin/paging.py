"""Which page of something the address asks for, and where the others are."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import request
from flask_login import current_user

from todoapp.errors import Invalid, Malformed
from todoapp.schemas.strict import StrictQuery
from todoapp.web import page_tokens


class Turns(NamedTuple):
    """The addresses to go on to; None: one is there already."""

    first: str | None
    next: str | None


def asked(schema: type[StrictQuery]) -> dict[str, Any]:
    """Return what the address asks for; what nobody can ask for is passed over."""
    given = {name: [value] for name, value in request.args.items()}
    try:
        return schema.parse_query(given)
    except Invalid as error:
        wrong = {one.where for one in error.errors}
        return schema.parse_query({n: given[n] for n in given.keys() - wrong})


def refused(schema: type[StrictQuery]) -> dict[str, str]:
    """Return what is wrong with what the address asks for, by the name of the parameter."""
    try:
        schema.parse_query({name: [value] for name, value in request.args.items() if value})
    except Invalid as error:
        return {one.where: one.detail for one in error.errors}
    return {}


def place(query: dict[str, Any], *kinds: type) -> tuple[Any, ...] | None:
    """Return where the page begins (web.page_tokens); a token of another list means the start."""
    try:
        return page_tokens.read(current_user.actor, query, *kinds)
    except Malformed:
        return None


def turns(cursor: tuple[Any, ...] | None) -> Turns:
    """Return where to go on to from this page; `cursor`: where the next one begins, if any."""
    first = _address() if "page_token" in request.args else None
    token = cursor and page_tokens.write(current_user.actor, cursor)
    return Turns(first, _address(page_token=token) if token else None)


def _address(**more: str) -> str:
    chosen = {n: v for n, v in request.args.items() if n != "page_token"} | more
    return f"{request.path}?{urlencode(chosen)}" if chosen else request.path
