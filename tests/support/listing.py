"""The list of todos as it stands in a page."""

import re
from html import unescape

from werkzeug.test import TestResponse

_TITLE = re.compile(r'<a class="todo-title"[^>]*>(.*?)</a>')
_LINK = re.compile(r'<a ([^>]*)href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<svg.*?</svg>|<[^>]+>", re.DOTALL)


def titles(page: TestResponse | str) -> list[str]:
    """Return the titles of the todos, in order."""
    return [unescape(title) for title in _TITLE.findall(text(page))]


def text(page: TestResponse | str) -> str:
    return page if isinstance(page, str) else page.text


def links(page: TestResponse | str) -> dict[str, str]:
    """Return where each link leads, by what it says; of several, the first."""
    found: dict[str, str] = {}
    for _, url, said in _LINK.findall(text(page)):
        words = " ".join(_TAG.sub(" ", unescape(said)).split())
        found.setdefault(words, unescape(url))
    return found


def chosen(page: TestResponse | str) -> list[str]:
    """Return the filters that are on."""
    marked = re.findall(r'<a class="chip chosen"[^>]*>(.*?)</a>', text(page), re.DOTALL)
    words = [" ".join(_TAG.sub(" ", unescape(one)).split()) for one in marked]
    return [one.removesuffix(", remove").removesuffix(" ") for one in words]
