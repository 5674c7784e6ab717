"""Sets in a body: tags, scopes, lists. All their items' errors come at once."""

from typing import Any

from marshmallow import ValidationError, fields

from todoapp import limits
from todoapp.schemas.fields import WORD, CodedField, OneOf, Text, Whole
from todoapp.text import fold


class _Set(CodedField):
    """An array, each of its items checked by `item`."""

    default_error_messages = {"type": "Must be an array of strings."}
    item: fields.Field[Any]

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("type")
        checked: list[Any] = []
        errors: dict[int, Any] = {}
        for index, item in enumerate(value):
            try:
                checked.append(self._checked(item, checked))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return checked

    def _checked(self, item: Any, _before: list[Any]) -> Any:
        return self.item.deserialize(item)


class TagName(Text):
    """The name of one tag."""

    default_error_messages = {"comma": "Must not contain a comma."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(low=1, high=limits.TAG_MAX, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs)
        if "," in name:
            raise self.make_error("comma")
        return name


class Tags(_Set):
    """A set of tag names, in the order given; two spellings of one tag are refused."""

    default_error_messages = {
        "too_many": "Must have at most {high} tags.",
        "repeated": "Is the same tag as “{other}”.",
    }
    item = TagName()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        items = {**self.item.metadata, "pattern": f"^{WORD}$"}
        array = {
            "type": "array",
            "items": items,
            "maxItems": limits.TAGS_MAX,
            "uniqueItems": True,
            "example": ["home"],
        }
        self.metadata = {**array, **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        if isinstance(value, list) and len(value) > limits.TAGS_MAX:
            raise self.make_error("too_many", high=limits.TAGS_MAX)
        return super()._deserialize(value, attr, data, **kwargs)

    def _checked(self, item: Any, before: list[str]) -> str:
        name: str = super()._checked(item, before)
        other = next((other for other in before if fold(other) == fold(name)), None)
        if other is not None:
            raise self.make_error("repeated", other=other)
        return name


class Scopes(_Set):
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


class ListIds(_Set):
    """A set of ids of lists, at least one."""

    default_error_messages = {
        "type": "Must be an array of ids.",
        "blank": "Must name at least one list.",
        "too_many": "Must name at most {high} lists.",
    }
    item = Whole()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        bounds = {"minItems": 1, "maxItems": limits.KEY_LISTS_MAX}
        self.metadata = {"type": "array", "items": self.item.metadata, **bounds, **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[int]:
        if isinstance(value, list) and len(value) > limits.KEY_LISTS_MAX:
            raise self.make_error("too_many", high=limits.KEY_LISTS_MAX)
        ids = super()._deserialize(value, attr, data, **kwargs)
        if not ids:
            raise self.make_error("blank")
        return list(dict.fromkeys(ids))
