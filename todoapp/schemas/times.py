"""Dates and instants, as the API takes and gives them."""

import re
from datetime import UTC, date, datetime
from typing import Any

from todoapp import limits
from todoapp.schemas.fields import CodedField

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
#: Either of both. As formats, `anyOf` them, generated clients would lose the type, or the time.
DUE_PATTERN = (
    r"^(19\d\d|[2-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"([Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d))?$"
)


class Instant(CodedField):
    """A point in time, RFC 3339 with an offset; kept to the microsecond, in UTC."""

    default_error_messages = {
        "type": "Must be a string.",
        "instant": "Must be an RFC 3339 instant with its offset, such as 2026-11-22T09:00:00Z.",
        "range": "Must be in the years 1900 to 9998.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"type": "string", "format": "date-time", **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("type")
        match = _INSTANT.fullmatch(value)
        if not match:
            raise self.make_error("instant")
        day, time, fraction, offset = match.groups()
        try:
            local = datetime.fromisoformat(f"{day}T{time}{(fraction or '')[:7]}{offset.upper()}")
            instant = local.astimezone(UTC)
        except OverflowError:
            raise self.make_error("range") from None
        except ValueError:
            raise self.make_error("instant") from None
        if not limits.EARLIEST <= instant <= limits.LATEST:
            raise self.make_error("range")
        return instant


class DueDate(Instant):
    """A calendar date, which stays on its day everywhere, or an instant."""

    default_error_messages = {
        "instant": "Must be a date such as 2026-11-22, or an RFC 3339 instant with its offset, "
        "such as 2026-11-22T09:00:00Z.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {k: v for k, v in self.metadata.items() if k != "format"}
        self.metadata["pattern"] = DUE_PATTERN

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: Any, data: Any, **kwargs: Any
    ) -> date | datetime:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            return super()._deserialize(value, attr, data, **kwargs)
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise self.make_error("instant") from None
        if not limits.EARLIEST.date() <= day <= limits.LATEST.date():
            raise self.make_error("range")
        return day


def instant_text(value: datetime) -> str:
    """Return `value` as the API writes it: RFC 3339, UTC, `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
