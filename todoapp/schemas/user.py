"""People: what commands send, what clients get."""

from typing import Any
from zoneinfo import available_timezones

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Answer, Out, OutInstant
from todoapp.schemas.fields import CodedField, OneOf, Text
from todoapp.schemas.strict import Strict


class Timezone(CodedField):
    """The name of a timezone in the IANA database."""

    default_error_messages = {"timezone": "Must be an IANA timezone, such as Europe/Berlin."}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in available_timezones():
            raise self.make_error("timezone")
        return value


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
    timezone = Timezone(load_default="UTC")


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
