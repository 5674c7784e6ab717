"""What can go wrong in the domain, carrying facts; `web.errors` turns each kind into HTTP."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with what was sent.

    `where` is a JSON pointer into the body (RFC 6901: `/title`) or, when `in_query` is set, the
    name of a query parameter. `code` is for machines, `detail` for people. `position` is that of
    the character in the text that was sent, from 0.
    """

    where: str
    code: str
    detail: str
    in_query: bool = False
    position: int | None = None


class DomainError(Exception):
    """A request that the domain refuses. `code` names the problem and its page at /problems/."""

    code = "domain-error"

    def __init__(self, detail: str, *, code: str | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        #: Further members of the answer, such as `current`.
        self.facts = facts


class Malformed(DomainError):
    """What was sent cannot be read: broken JSON, a foreign page token."""

    code = "malformed"


class BadFilter(Malformed):
    """A filter that cannot be read; `position`: of the character where it goes wrong, from 0."""

    code = "bad-filter"

    def __init__(self, position: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.errors = [FieldError("filter", code, detail, in_query=True, position=position)]


class Unauthenticated(DomainError):
    """Nobody, or nobody we believe, is asking."""

    code = "unauthenticated"


class Forbidden(DomainError):
    """You may see it, but not do this with it."""

    code = "forbidden"


class NotFound(DomainError):
    """It does not exist, or you may not know that it does: the answer is the same."""

    code = "not-found"


class Conflict(DomainError):
    """The state of things does not allow it now."""

    code = "conflict"


class Gone(DomainError):
    """It was there, and is no longer kept."""

    code = "gone"


class Stale(DomainError):
    """The precondition does not hold; `current` is the thing as it stands."""

    code = "precondition-failed"


class Invalid(DomainError):
    """Understood, but not valid: says everything that is wrong, at once."""

    code = "validation-failed"

    def __init__(self, errors: list[FieldError]) -> None:
        self.errors = errors
        count = len(errors)
        super().__init__(
            "1 field needs attention." if count == 1 else f"{count} fields need attention."
        )

    @classmethod
    def field(cls, name: str, code: str, detail: str) -> "Invalid":
        """Return the refusal of one body field, named without its slash."""
        return cls([FieldError(f"/{name}", code, detail)])

    @classmethod
    def parameter(cls, name: str, code: str, detail: str) -> "Invalid":
        """Return the refusal of one query parameter."""
        return cls([FieldError(name, code, detail, in_query=True)])


def together(*checks: Callable[[], Any]) -> list[Any]:
    """Return what each of `checks` returns, or raise Invalid with the errors of all of them."""
    results: list[Any] = []
    errors: list[FieldError] = []
    for check in checks:
        try:
            results.append(check())
        except Invalid as error:
            errors += error.errors
    if errors:
        raise Invalid(errors)
    return results


class TooLarge(DomainError):
    """More was sent than is accepted."""

    code = "content-too-large"


class UnsupportedMediaType(DomainError):
    """The body is of a kind that is not read here."""

    code = "unsupported-media-type"


class TooManyRequests(DomainError):
    """More was asked or guessed than one may; `retry_after`: in whole seconds, at least one."""

    code = "too-many-requests"

    def __init__(self, detail: str, *, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = max(1, math.ceil(retry_after))


class Unavailable(DomainError):
    """The database is away, locked or full: nothing was done, try again."""

    code = "unavailable"
