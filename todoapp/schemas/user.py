"""People: what commands send, what clients get."""

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Answer, Out, OutInstant
from todoapp.schemas.fields import OneOf, Text
from todoapp.schemas.strict import Strict


class UserCreate(Strict):
    """A new person."""

    username = Text(
        low=1,
        high=limits.USERNAME_MAX,
        pattern=limits.USERNAME_PATTERN,
        example="ada or ada.lovelace: lower-case letters, digits and . _ -",
        required=True,
    )
    password = Text(low=limits.PASSWORD_MIN, high=limits.PASSWORD_MAX, trim=False, allow_none=True)
    role = OneOf(limits.UserRole, load_default=limits.UserRole.MEMBER)
    email = Text(
        high=limits.EMAIL_MAX,
        pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+",
        example="ada@example.com",
        allow_none=True,
    )


class PresentedKey(Answer):
    """The key that a call was made with."""

    id = Out({"type": "integer"})
    name = Out({"type": "string"})
    scopes = Out(
        {
            "type": "array",
            "items": {"type": "string", "enum": [scope.value for scope in limits.Scope]},
        }
    )
    expires_at = OutInstant(nullable=True)


class MeOut(Answer):
    """Who is calling, and with what."""

    id = Out({"type": "integer"})
    username = Out({"type": "string"})
    email = Out({"type": ["string", "null"]})
    role = Out({"type": "string", "enum": [role.value for role in limits.UserRole]})
    timezone = Out({"type": "string", "description": "An IANA name: where days begin."})
    inbox_id = Out({"type": "integer", "description": "The list of new todos."})
    api_key = fields.Nested(PresentedKey)
    created_at = OutInstant()
