"""Sets of names in a body: tags and scopes. All their items' errors come at once."""

from typing import Any

from marshmallow import ValidationError, fields

from todoapp import limits
from todoapp.schemas.fields import CodedField, OneOf, Text
from todoapp.text import fold


class _Names(CodedField):
    """An array of strings, each checked by `item`."""

    default_error_messages = {"type": "Must be an array of strings."}
    item: fields.Field[Any]

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list):
            raise self.make_error("type")
        names: list[str] = []
        errors: dict[int, Any] = {}
        for index, item in enumerate(value):
            try:
                names.append(self._checked(item, names))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return names

    def _checked(self, item: Any, _before: list[str]) -> str:
        name: str = self.item.deserialize(item)
        return name


class Tags(_Names):
    """A set of tag names, in the order given; two spellings of one tag are refused."""

    default_error_messages = {
        "too_many": "Must have at most {high} tags.",
        "comma": "Must not contain a comma.",
        "repeated": "Is the same tag as “{other}”.",
    }
    item = Text(low=1, high=limits.TAG_MAX)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        items = {"type": "string", "minLength": 1, "maxLength": limits.TAG_MAX}
        array = {"type": "array", "items": items, "maxItems": limits.TAGS_MAX}
        self.metadata = {**array, **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        if isinstance(value, list) and len(value) > limits.TAGS_MAX:
            raise self.make_error("too_many", high=limits.TAGS_MAX)
        return super()._deserialize(value, attr, data, **kwargs)

    def _checked(self, item: Any, before: list[str]) -> str:
        name = super()._checked(item, before)
        if "," in name:
            raise self.make_error("comma")
        other = next((other for other in before if fold(other) == fold(name)), None)
        if other is not None:
            raise self.make_error("repeated", other=other)
        return name


class Scopes(_Names):
    """A set of scopes, at least one."""

    default_error_messages = {"blank": "Must name at least one scope."}
    item = OneOf(limits.Scope)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        items = {"type": "string", "enum": list(self.item.choices)}
        self.metadata = {"type": "array", "items": items, "minItems": 1, **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        names = super()._deserialize(value, attr, data, **kwargs)
        if not names:
            raise self.make_error("blank")
        return [scope for scope in self.item.choices if scope in names]
