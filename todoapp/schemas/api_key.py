"""API keys: what clients send, what they get."""

from typing import ClassVar

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Out, OutInstant, Resource
from todoapp.schemas.fields import Text, Whole
from todoapp.schemas.names import Scopes
from todoapp.schemas.strict import Coded, Strict
from todoapp.schemas.times import Instant

_SCOPES = [scope.value for scope in limits.Scope]


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


class KeyOut(Resource):
    """A key, without its secret."""

    collection = "api-keys"

    id = Out({"type": "integer"})
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


class NewKeyOut(KeyOut):
    """A key just made, with the secret that is shown this once."""

    key = Out({"type": "string", "description": "Keep it: it cannot be shown again."})
