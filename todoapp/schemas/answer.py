"""The base of the schemas that say what the service answers."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields

from todoapp.schemas.times import instant_text


class Answer(Schema):
    """Every field is always there, except those named as optional."""

    class Meta:
        """Answers may come to hold more than today: clients pass over what they do not know."""

        unknown = EXCLUDE

    optional: ClassVar[frozenset[str]] = frozenset()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Tell the OpenAPI document which fields are always there."""
        field_obj.required = field_name not in self.optional


class Resource(Answer):
    """Something with a URL of its own, below `base`, the scheme and host of the service."""

    #: Its collection's path below /api/v1/.
    collection: ClassVar[str]

    url = fields.Method("_url", metadata={"type": "string", "format": "uri"})

    def __init__(self, *, base: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._base = base

    def _url(self, row: Any) -> str:
        return f"{self._base}/api/v1/{self.collection}/{row.id}"


class Out(fields.Field[Any]):
    """A value that is written as it is, with its OpenAPI schema beside it."""

    def __init__(self, openapi: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(metadata=dict(openapi), **kwargs)


class OutInstant(fields.Field[Any]):
    """An instant, or null where `nullable`."""

    def __init__(self, *, nullable: bool = False, **kwargs: Any) -> None:
        kind: Any = ["string", "null"] if nullable else "string"
        metadata = {"type": kind, "format": "date-time", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else instant_text(value)


class Valid(Answer):
    """The answer to `validate_only`: the call would have succeeded."""

    valid = Out({"type": "boolean", "const": True})
