"""The base of the schemas that read what clients send: all is checked, all errors come at once."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, pre_load

from todoapp.errors import FieldError, Invalid


class Coded(str):
    """An error message with a code for machines beside the words for people."""

    __slots__ = ("code",)

    def __new__(cls, detail: str, code: str) -> "Coded":
        """Return `detail`, marked with `code`."""
        coded = super().__new__(cls, detail)
        coded.code = code
        return coded

    code: str


class Strict(Schema):
    """Refuses unknown names. Where a subclass names `read_only` fields, they are passed over."""

    class Meta:
        """Nothing is dropped in silence."""

        unknown = RAISE

    error_messages = {
        "unknown": Coded("Unknown field.", "unknown"),
        "type": Coded("Must be a JSON object.", "type"),
    }
    #: Names that a client may send back as it got them; they have no effect.
    read_only: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def parse(cls, data: Any) -> dict[str, Any]:
        """Return the values of `data`, a JSON object; Invalid names every one that is wrong."""
        return _load(cls, data, in_query=False)

    @pre_load
    def _pass_over(self, data: Any, **_kwargs: Any) -> Any:
        if not self.read_only or not isinstance(data, Mapping):
            return data
        return {name: value for name, value in data.items() if name not in self.read_only}


class StrictQuery(Strict):
    """The parameters of a query string: each at most once, none unknown."""

    error_messages = {
        "unknown": Coded("Unknown parameter.", "unknown"),
    }

    @classmethod
    def parse_query(cls, pairs: Mapping[str, list[str]]) -> dict[str, Any]:
        """Return the values of `pairs`, each name with all that was given for it."""
        repeated = [name for name, values in pairs.items() if len(values) > 1]
        if repeated:
            raise Invalid(
                [
                    FieldError(n, "repeated", "Given more than once.", in_query=True)
                    for n in repeated
                ]
            )
        return _load(cls, {name: values[0] for name, values in pairs.items()}, in_query=True)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return what an empty query string means."""
        return _defaults(cls).copy()


@cache
def _defaults(schema: type[StrictQuery]) -> dict[str, Any]:
    return schema.parse_query({})


@cache
def _instance(schema: type[Strict]) -> Strict:
    """Return the one instance of `schema`: making one costs more than loading with it."""
    return schema()


def _load(schema: type[Strict], data: Any, *, in_query: bool) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _instance(schema).load(data)
    except ValidationError as error:
        raise Invalid(list(_flatten(error.messages, "", in_query))) from None
    return loaded


def _flatten(messages: Any, where: str, in_query: bool) -> Iterator[FieldError]:
    """Yield one FieldError for each leaf of marshmallow's nested messages."""
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            yield from _flatten(below, _below(where, name, in_query), in_query)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield FieldError(where, getattr(message, "code", "invalid"), str(message), in_query)


def _below(where: str, name: object, in_query: bool) -> str:
    if name == "_schema":
        return where
    if in_query:
        return where or str(name)
    return f"{where}/{str(name).replace('~', '~0').replace('/', '~1')}"
