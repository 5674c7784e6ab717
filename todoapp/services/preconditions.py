"""Lost updates are refused: a write may say which version it was made from (RFC 9110, 13.1.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from todoapp.errors import Stale


@dataclass(frozen=True)
class Precondition:
    """What the caller believes the version to be. Everything that is given must hold."""

    #: The versions named by If-Match; None: no such header, or `*`.
    if_match: frozenset[int] | None = None
    #: The version named in the query string.
    version: int | None = None

    def check(
        self,
        actual: int,
        body: Any,
        current: Callable[[], Callable[[str], dict[str, Any]]],
    ) -> None:
        """Raise Stale unless `actual` is what the caller named, here or as `body["version"]`.

        A body that is no object, or whose version is no number, is left to the schema. `current`
        fetches what writes the thing as it stands, given the base of its url.
        """
        named = body.get("version") if isinstance(body, Mapping) else None
        in_body = named if isinstance(named, int) and not isinstance(named, bool) else actual
        in_query = actual if self.version is None else self.version
        in_header = self.if_match is None or actual in self.if_match
        if not (in_header and in_body == actual == in_query):
            raise Stale(f"It has changed: its version is {actual} now.", current=current())


#: Nothing is demanded.
UNCONDITIONAL = Precondition()
