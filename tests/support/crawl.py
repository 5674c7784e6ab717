"""Walking through the pages as somebody who follows every link would."""

from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from flask import Flask
from justhtml import JustHTML

#: How many pages of one endpoint are looked at, each with other parameters.
OF_ONE_ENDPOINT = 6


class Visit(NamedTuple):
    """A page, where its link was found, and its document."""

    path: str
    found_on: str
    html: str


def visits(app: Flask, read: Callable[[str], Any], start: str) -> Iterator[Visit]:
    """Yield the pages under /admin that can be reached from `start`; each link must lead to one."""
    waiting, seen = deque([(start, "")]), {start}
    looked_at: dict[str, set[Any]] = defaultdict(set)
    while waiting:
        path, found_on = waiting.popleft()
        endpoint, parameters = _kind(app, path)
        kinds = looked_at[endpoint]
        if parameters in kinds or len(kinds) == OF_ONE_ENDPOINT:
            continue
        kinds.add(parameters)
        for target in (yield from _visit(read, path, found_on)):
            if target.startswith("/admin") and target not in seen:
                seen.add(target)
                waiting.append((target, path))


def _visit(
    read: Callable[[str], Any], path: str, found_on: str
) -> Generator[Visit, None, list[str]]:
    """Yield the page, if it is one; return where it leads."""
    with read(path) as response:
        assert response.status_code in (200, 303), (path, found_on, response.status_code)
        if response.status_code == 303:
            return [response.location]
        if not response.content_type.startswith("text/html"):
            return []
        html = response.text
    yield Visit(path, found_on, html)
    return [urljoin(path, link).partition("#")[0] for link in links(html)]


def links(html: str) -> Iterable[str]:
    """Return where a page's links lead."""
    return [one.attrs["href"] for one in JustHTML(html, sanitize=False).query("a[href]")]


def _kind(app: Flask, path: str) -> Any:
    address = urlsplit(path)
    endpoint, _ = app.url_map.bind("localhost").match(address.path, method="GET")
    return endpoint, tuple(sorted({name for name, _ in parse_qsl(address.query)}))
