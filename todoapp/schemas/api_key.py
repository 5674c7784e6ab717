"""API keys: what clients send, what they get."""

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields

from todoapp import limits
from todoapp.schemas.fields import Instant, OneOf, Out, OutInstant, Text, Whole, _Coded
from todoapp.schemas.strict import Coded, Strict

_SCOPES = [scope.value for scope in limits.Scope]


class Scopes(_Coded):
    """A set of scopes, at least one."""

    default_error_messages = {
        "type": "Must be an array of strings.",
        "blank": "Must name at least one scope.",
    }
    scope = OneOf(limits.Scope)

    def __init__(self, **kwargs: Any) -> None:
        items = {"type": "string", "enum": _SCOPES}
        super().__init__(metadata={"type": "array", "items": items, "minItems": 1}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list):
            raise self.make_error("type")
        errors: dict[int, Any] = {}
        for index, item in enumerate(value):
            try:
                self.scope.deserialize(item)
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        if not value:
            raise self.make_error("blank")
        return [scope for scope in _SCOPES if scope in value]


class KeyPatch(Strict):
    """What can be changed of a key: its name."""

    read_only: ClassVar = frozenset(
        {
            "id",
            "url",
            "prefix",
            "scopes",
            "created_at",
            "updated_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        }
    )

    name = Text(low=1, high=limits.KEY_NAME_MAX, metadata={"example": "backup script"})
    version = Whole(metadata={"description": "A precondition: the version that you changed."})


class KeyCreate(Strict):
    """A new key, for the caller."""

    error_messages = {"unknown": Coded("Unknown or read-only field.", "unknown")}

    name = Text(
        low=1, high=limits.KEY_NAME_MAX, required=True, metadata={"example": "backup script"}
    )
    scopes = Scopes(required=True)
    expires_at = Instant(
        allow_none=True, metadata={"description": "In the future; null: it does not expire."}
    )


class KeyOut(Schema):
    """A key, without its secret."""

    id = Out({"type": "integer"})
    url = fields.Method("_url", metadata={"type": "string", "format": "uri"})
    version = Out({"type": "integer"})
    name = Out({"type": "string"})
    scopes = fields.Function(
        lambda key: key.scopes.split(),
        metadata={"type": "array", "items": {"type": "string", "enum": _SCOPES}},
    )
    prefix = fields.Function(
        lambda key: f"todo_{key.public_id}",
        metadata={"type": "string", "description": "How the key begins: enough to recognise it."},
    )
    created_at = OutInstant()
    updated_at = OutInstant()
    expires_at = OutInstant(nullable=True)
    revoked_at = OutInstant(nullable=True)
    last_used_at = OutInstant(nullable=True, metadata={"description": "To the minute."})

    def __init__(self, *, base: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._base = base

    def _url(self, key: Any) -> str:
        return f"{self._base}/api/v1/api-keys/{key.id}"


class NewKeyOut(KeyOut):
    """A key just made, with the secret that is shown this once."""

    key = Out({"type": "string", "description": "Keep it: it cannot be shown again."})
