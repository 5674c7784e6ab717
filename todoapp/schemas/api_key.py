"""API keys: what clients send, what they get."""

from typing import ClassVar

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Out, OutInstant, Resource
from todoapp.schemas.fields import OneOf, Text, Whole
from todoapp.schemas.names import ListIds, Scopes
from todoapp.schemas.query import PageQuery
from todoapp.schemas.strict import Coded, Strict
from todoapp.schemas.times import Instant

_SCOPES = [scope.value for scope in limits.Scope]


class KeyQuery(PageQuery):
    """Which keys; the conditions are combined with and."""

    state = OneOf(limits.KeyState, metadata={"description": "How they stand."})
    owner = Text(low=1, high=limits.USERNAME_MAX, metadata={"description": "Whose."})


class KeyPatch(Strict):
    """What can be changed of a key: its name."""

    read_only: ClassVar = frozenset(
        {
            "id",
            "url",
            "prefix",
            "owner",
            "scopes",
            "list_ids",
            "filter",
            "created_at",
            "updated_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        }
    )

    name = Text(low=1, high=limits.KEY_NAME_MAX, metadata={"example": "backup script"})
    version = Whole(metadata={"description": "A precondition: the version that you changed."})


class _Lifetime(Strict):
    """Until when a new key works."""

    error_messages = {"unknown": Coded("Unknown or read-only field.", "unknown")}

    expires_at = Instant(
        allow_none=True, metadata={"description": "In the future; null: it does not expire."}
    )
    expires_in = OneOf(
        tuple(limits.KEY_LIFETIMES), metadata={"description": "Instead of `expires_at`: from now."}
    )


class KeyCreate(_Lifetime):
    """A new key, for the caller."""

    name = Text(
        low=1, high=limits.KEY_NAME_MAX, required=True, metadata={"example": "backup script"}
    )
    scopes = Scopes(required=True)
    list_ids = ListIds(
        allow_none=True,
        metadata={"description": "It sees these lists alone; null: all that its owner sees."},
    )
    filter = Text(
        low=1,
        high=limits.FILTER_MAX,
        allow_none=True,
        metadata={
            "description": "In the filter language: it has only the todos that this selects at the "
            "time of each call; null: all that its owner sees.",
            "example": "tags : ci",
        },
    )


class KeyRotate(_Lifetime):
    """How a key is replaced. Without an expiry the new one lives as long as the old one did."""

    grace_hours = Whole(
        low=0,
        high=limits.KEY_GRACE_HOURS_MAX,
        load_default=limits.KEY_GRACE_HOURS_DEFAULT,
        metadata={
            "description": "How long the old key still works; 0: no longer.",
            "default": limits.KEY_GRACE_HOURS_DEFAULT,
        },
    )
    version = Whole(metadata={"description": "A precondition: the version that you have seen."})


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
    list_ids = fields.Function(
        lambda key: sorted(map(int, (key.listed or "").split())) if key.is_limited else None,
        metadata={
            "type": ["array", "null"],
            "items": {"type": "integer"},
            "description": "It sees these lists alone, and as long as its owner does; null: all "
            "that its owner sees.",
        },
    )
    filter = Out(
        {
            "type": ["string", "null"],
            "description": "It has only the todos that this selects; null: all of its owner's.",
        },
        attribute="row_filter",
    )
    owner = Out({"type": "string"})
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
