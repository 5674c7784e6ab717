"""Markdown, as people write it in descriptions, as HTML that is safe to show.

HTML in it is text like any other. What markdown-it makes is cleaned once more by nh3, which is told
what may be there and drops all else: what one of the two overlooks, the other does not let pass.

Images would come from elsewhere and tell it who looks at the page; they are shown as links.
"""

import re
from collections.abc import Iterator, Sequence

import nh3
from flask import Flask
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

_SCHEMES = ("http://", "https://", "mailto:")
#: Headings of descriptions are below this one of the page.
_ABOVE = 2
_TASK = re.compile(r"\[([ xX])\] ")
#: To look for links takes the square of a line's length: in longer ones they have to be marked.
_LINE_MAX = 2_000

_TAGS = """
a blockquote br code em h3 h4 h5 h6 hr input label li ol p pre s strong ul
table tbody td th thead tr
"""
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    tag_attribute_values={
        "input": {"type": {"checkbox"}, "disabled": {""}, "checked": {""}},
        "li": {"class": {"task"}},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
)


def install(app: Flask) -> None:
    """Give templates the filter."""
    app.add_template_filter(markdown, "markdown")


def markdown(text: str) -> Markup:
    """Return `text` as HTML, in time that grows with its length and no faster."""
    return Markup(_CLEANER.clean(_PARSER.render(text)))  # noqa: S704


def _is_allowed(url: str) -> bool:
    return url.lower().startswith(_SCHEMES)


def _adapt(state: StateCore) -> None:
    """Make of what was read what the pages can show."""
    tokens = state.tokens
    level = _ABOVE
    for index, token in enumerate(tokens):
        if token.type == "heading_open":  # no level is left out, whatever people write
            level = min(int(token.tag[1]) + _ABOVE, level + 1, 6)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"
        if token.type == "inline":
            if index > 1 and tokens[index - 2].type == "list_item_open":
                _mark_task(tokens[index - 2], token)
            token.children = list(_linked(token.children or []))


def _linked(children: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with links for images and plain addresses, and a text in every link."""
    link: list[Token] = []
    depth = 0
    for token in children:
        depth += token.nesting if token.type.startswith("link") else 0
        if not depth and not link:
            yield from _outside(token)
        elif not link:
            link = [token]
        elif depth:
            if token.type not in {"link_open", "link_close"}:
                link.append(_text(_alternative(token)) if token.type == "image" else token)
        else:
            yield from link
            if not any(one.content.strip() for one in link):
                yield _text(_address(link[0]))
            yield token
            link = []


def _outside(token: Token) -> Iterator[Token]:
    """Yield what becomes of a token outside of links."""
    if token.type == "image":
        yield from _link(_address(token), _alternative(token))
    elif token.type == "text":
        yield from _found(token.content)
    else:
        yield token


def _found(text: str) -> Iterator[Token]:
    """Yield the text with links for the addresses in it."""
    end = 0
    for one in (_LINKS.match(text) or []) if len(text) <= _LINE_MAX else []:
        url = _PARSER.normalizeLink(one.url)
        if _is_allowed(url):
            yield _text(text[end : one.index])
            yield from _link(url, one.text)
            end = one.last_index
    yield _text(text[end:])


def _link(url: str, text: str) -> Iterator[Token]:
    yield Token("link_open", "a", 1, attrs={"href": url})
    yield _text(text)
    yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _address(token: Token) -> str:
    return str(token.attrs.get("src") or token.attrs.get("href") or "")


def _alternative(image: Token) -> str:
    """Return what is said instead of an image: its text, else where it is."""
    text = "".join(token.content for token in image.children or [])
    return text.strip() or _address(image)


def _mark_task(item: Token, inline: Token) -> None:
    """Make `[ ] ` at the beginning of a list's item a box that cannot be ticked here."""
    children = inline.children or []
    found = children and children[0].type == "text" and _TASK.match(children[0].content)
    if not found:
        return
    checked = "" if found[1] == " " else " checked"
    children[0].content = children[0].content[found.end() :]
    box = Token("html_inline", "", 0)
    box.content = f'<label><input type="checkbox" disabled{checked}> '
    end = Token("html_inline", "", 0, content="</label>")
    inline.children = [box, *children, end]
    item.attrSet("class", "task")


def _parser() -> MarkdownIt:
    # What is nested deeper is left out; the usual 20 are but ten lists within each other.
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False, "maxNesting": 40})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    # Text that was escaped is still apart there.
    parser.core.ruler.before("text_join", "adapt", _adapt)
    return parser


_LINKS = LinkifyIt()
_PARSER = _parser()
