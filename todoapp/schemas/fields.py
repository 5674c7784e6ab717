"""The kinds of values that the API takes and gives, each with its place in the OpenAPI document."""

import math
import re
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from todoapp import limits
from todoapp.schemas.strict import Coded
from todoapp.text import has_control

#: What `has_control` refuses, for a regular expression; and without tab and line ends.
_CONTROL = r"\u0000-\u001f\u007f-\u009f"
_CONTROL_IN_LINES = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
#: The pattern of something that can be named among others with commas between.
WORD = rf"[^,{_CONTROL}]*[^,\s{_CONTROL}][^,{_CONTROL}]*"
#: Beside an enumeration: with null among its words, generated clients lose the words.
NULL = {"type": "null"}


class CodedField(fields.Field[Any]):
    """A field whose errors carry their key as their code."""

    default_error_messages = {
        "required": "Missing data for required field.",
        "null": "May not be null.",
    }

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """Return the error, its message coded."""
        return ValidationError([Coded(str(self.error_messages[key]).format(**kwargs), key)])


class Text(CodedField):
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
        self.metadata.setdefault("pattern", f"^{pattern or self._any()}$")

    def _any(self) -> str:
        """Return the pattern of what has no control characters, and is not blank when trimmed."""
        control = _CONTROL_IN_LINES if self.allowed else _CONTROL
        if self.low and self.trim:
            return rf"[^{control}]*[^\s{control}][^{control}]*"
        return f"[^{control}]*"

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


class Flag(CodedField):
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


class Whole(CodedField):
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
        self.metadata = {"type": "integer", "minimum": low, "maximum": high, **self.metadata}
        if cap is not None:
            self.metadata["x-lowered-to"] = cap

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


class Number(CodedField):
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


class OneOf(CodedField):
    """One of the words of an enumeration."""

    default_error_messages = {
        "type": "Must be a string.",
        "choice": "Must be one of: {choices}.",
    }

    def __init__(self, choices: type[StrEnum] | tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = tuple(str(choice) for choice in choices)
        kind: dict[str, Any] = {"type": "string", "enum": list(self.choices)}
        self.metadata = {**({"anyOf": [kind, NULL]} if self.allow_none else kind), **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("type")
        if value not in self.choices:
            raise self.make_error("choice", choices=", ".join(self.choices))
        return value


class Words(CodedField):
    """A query parameter of several words with commas between."""

    default_error_messages = {
        "choice": "Must be one or more of: {choices}; with commas between.",
        "blank": "Must name at least one.",
        "too_many": "Must name at most {high}.",
        "control_character": "Must not contain control characters.",
    }

    def __init__(self, choices: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices
        word = f" *({'|'.join(choices)}) *" if choices else WORD
        pattern = f"^{word}(,{word}){{0,{limits.TAGS_MAX - 1}}}$"
        self.metadata = {"type": "string", "pattern": pattern, **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        words = list(dict.fromkeys(word.strip() for word in value.split(",")))
        if has_control(value):
            raise self.make_error("control_character")
        if not all(words):
            raise self.make_error("blank")
        if len(words) > limits.TAGS_MAX:  # each is a condition, and databases limit those
            raise self.make_error("too_many", high=limits.TAGS_MAX)
        if self.choices is not None and not set(words) <= set(self.choices):
            raise self.make_error("choice", choices=", ".join(self.choices))
        return words
