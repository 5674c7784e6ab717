"""The kinds of values that the API takes and gives, each with its place in the OpenAPI document."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from todoapp import limits
from todoapp.schemas.strict import Coded
from todoapp.text import fold, has_control


class _Coded(fields.Field[Any]):
    """A field whose errors carry their key as their code."""

    default_error_messages = {
        "required": "Missing data for required field.",
        "null": "May not be null.",
    }

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """Return the error, its message coded."""
        return ValidationError([Coded(str(self.error_messages[key]).format(**kwargs), key)])


class Text(_Coded):
    """A string of `low` to `high` characters (code points), trimmed if `trim`."""

    default_error_messages = {
        "type": "Must be a string.",
        "blank": "Must not be empty.",
        "too_short": "Must have at least {low} characters.",
        "too_long": "Must have at most {high} characters.",
        "control_character": "Must not contain control characters.",
        "pattern": "Must look like {example}.",
    }

    def __init__(
        self,
        *,
        low: int = 0,
        high: int,
        trim: bool = True,
        multiline: bool = False,
        pattern: str | None = None,
        example: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.trim = low, high, trim
        self.allowed = "\n\r\t" if multiline else ""
        self.pattern, self.example = pattern, example
        self.metadata = {"type": "string", "maxLength": high, **self.metadata}
        if low:
            self.metadata["minLength"] = low
        if pattern:
            self.metadata["pattern"] = f"^{pattern}$"

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("type")
        text = value.strip() if self.trim else value
        if has_control(text, allowed=self.allowed):
            raise self.make_error("control_character")
        if len(text) < self.low:
            raise self.make_error("blank" if not text else "too_short", low=self.low)
        if len(text) > self.high:
            raise self.make_error("too_long", high=self.high)
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise self.make_error("pattern", example=self.example)
        return text


class Flag(_Coded):
    """true or false; in a query string, the words."""

    default_error_messages = {"type": "Must be true or false."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"type": "boolean", **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise self.make_error("type")


class FlagWord(Flag):
    """true or false as a query parameter."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        words = {"true": True, "false": False}
        if value in words:
            return words[value]
        raise self.make_error("type")


class Whole(_Coded):
    """A whole number from `low` to `high`; more than `cap`, where given, is lowered to it."""

    default_error_messages = {
        "type": "Must be a whole number.",
        "range": "Must be from {low} to {high}.",
    }

    def __init__(
        self, *, low: int = 1, high: int = limits.MAX_INTEGER, cap: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.cap = low, high, cap
        self.metadata = {"type": "integer", "minimum": low, **self.metadata}
        self.metadata["maximum" if cap is None else "x-lowered-to"] = cap or high

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("type")
        if not self.low <= value <= self.high:
            raise self.make_error("range", low=self.low, high=self.high)
        return value if self.cap is None else min(value, self.cap)


class WholeWord(Whole):
    """A whole number as a query parameter."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"-?[0-9]{1,20}", value):
            raise self.make_error("type")
        return super()._deserialize(int(value), attr, data, **kwargs)


class Number(_Coded):
    """A number that a double holds, within plus or minus 2^53."""

    default_error_messages = {
        "type": "Must be a number.",
        "range": "Must be from -2^53 to 2^53.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        bounds = {"minimum": -limits.MAX_INTEGER, "maximum": limits.MAX_INTEGER}
        self.metadata = {"type": "number", **bounds, **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("type")
        if not math.isfinite(value) or abs(value) > limits.MAX_INTEGER:
            raise self.make_error("range")
        return float(value)


class OneOf(_Coded):
    """One of the words of an enumeration."""

    default_error_messages = {
        "type": "Must be a string.",
        "choice": "Must be one of: {choices}.",
    }

    def __init__(self, choices: type[StrEnum] | tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = tuple(str(choice) for choice in choices)
        self.metadata = {"type": "string", "enum": list(self.choices), **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("type")
        if value not in self.choices:
            raise self.make_error("choice", choices=", ".join(self.choices))
        return value


class Words(_Coded):
    """A query parameter of several words with commas between."""

    default_error_messages = {
        "choice": "Must be one or more of: {choices}; with commas between.",
        "blank": "Must name at least one.",
        "control_character": "Must not contain control characters.",
    }

    def __init__(self, choices: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices
        self.metadata = {"type": "string", **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        words = list(dict.fromkeys(word.strip() for word in value.split(",")))
        if has_control(value):
            raise self.make_error("control_character")
        if not all(words):
            raise self.make_error("blank")
        if self.choices is not None and not set(words) <= set(self.choices):
            raise self.make_error("choice", choices=", ".join(self.choices))
        return words


class Tags(_Coded):
    """A set of tag names, in the order given."""

    default_error_messages = {
        "type": "Must be an array of strings.",
        "too_many": "Must have at most {high} tags.",
        "comma": "Must not contain a comma.",
        "repeated": "Is the same tag as “{other}”.",
    }
    item = Text(low=1, high=limits.TAG_MAX)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        items = {"type": "string", "minLength": 1, "maxLength": limits.TAG_MAX}
        self.metadata = {
            "type": "array",
            "items": items,
            "maxItems": limits.TAGS_MAX,
            **self.metadata,
        }

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list):
            raise self.make_error("type")
        if len(value) > limits.TAGS_MAX:
            raise self.make_error("too_many", high=limits.TAGS_MAX)
        errors: dict[int, Any] = {}
        names: dict[str, str] = {}
        for index, item in enumerate(value):
            try:
                self._add(names, item)
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return list(names.values())

    def _add(self, names: dict[str, str], item: Any) -> None:
        name = self.item.deserialize(item)
        if "," in name:
            raise self.make_error("comma")
        other = names.setdefault(fold(name), name)
        if other != name:
            raise self.make_error("repeated", other=other)


_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Instant(_Coded):
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
        kinds = {"anyOf": [{"format": "date"}, {"format": "date-time"}]}
        self.metadata = {k: v for k, v in self.metadata.items() if k != "format"} | kinds

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


class Out(fields.Field[Any]):
    """A value that is written as it is, with its OpenAPI schema beside it."""

    def __init__(self, openapi: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(dump_only=True, metadata=dict(openapi), **kwargs)


class OutInstant(fields.Field[Any]):
    """An instant, or null where `nullable`."""

    def __init__(self, *, nullable: bool = False, **kwargs: Any) -> None:
        kind: Any = ["string", "null"] if nullable else "string"
        metadata = {"type": kind, "format": "date-time", **kwargs.pop("metadata", {})}
        super().__init__(dump_only=True, metadata=metadata, **kwargs)

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else instant_text(value)
