"""People: what commands send, what clients get."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Answer, Out, OutInstant, Resource
from todoapp.schemas.fields import CodedField, Flag, FlagWord, OneOf, Text, Whole
from todoapp.schemas.query import PageQuery, PreconditionQuery
from todoapp.schemas.strict import Coded, Strict


class Timezone(CodedField):
    """The name of a timezone in the IANA database."""

    default_error_messages = {"timezone": "Must be an IANA timezone, such as Europe/Berlin."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "example": "Europe/Berlin"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in available_timezones():
            raise self.make_error("timezone")
        return value


class Email(Text):
    """An e-mail address, in lower case: capitals make no second one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            high=limits.EMAIL_MAX,
            pattern=limits.EMAIL_PATTERN,
            example="ada@example.com",
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        lower = value.lower() if isinstance(value, str) and value.isascii() else value
        return super()._deserialize(lower, attr, data, **kwargs)


class Password(Text):
    """A password to be. Whether it is a common one, the service says."""

    def __init__(self, **kwargs: Any) -> None:
        low, high = limits.PASSWORD_MIN, limits.PASSWORD_MAX
        super().__init__(low=low, high=high, trim=False, **kwargs)


class UserCreate(Strict):
    """A new person."""

    error_messages = {"unknown": Coded("Unknown or read-only field.", "unknown")}

    username = Text(
        low=1,
        high=limits.USERNAME_MAX,
        pattern=limits.USERNAME_PATTERN,
        example="ada or ada.lovelace: lower-case letters, digits and . _ -",
        required=True,
        metadata={"example": "ada"},
    )
    password = Password(
        allow_none=True,
        metadata={"description": "To be changed at once; null: they use keys only."},
    )
    role = OneOf(limits.UserRole, load_default=limits.UserRole.MEMBER)
    email = Email(allow_none=True)
    timezone = Timezone(load_default="UTC")


class MePatch(Strict):
    """A merge patch (RFC 7396) of what you may change of yourself; null clears the address."""

    read_only: ClassVar = frozenset(
        {
            "id",
            "url",
            "username",
            "role",
            "inbox_id",
            "api_key",
            "is_active",
            "must_change_password",
            "two_factor_required",
            "two_factor_enabled",
            "last_seen_at",
            "created_at",
            "updated_at",
        }
    )

    email = Email(allow_none=True)
    timezone = Timezone()
    version = Whole(metadata={"description": "A precondition: the version that you changed."})


class UserPatch(MePatch):
    """A merge patch (RFC 7396) of a person; the name stays."""

    read_only: ClassVar = MePatch.read_only - {"role", "is_active", "two_factor_required"}

    role = OneOf(limits.UserRole)
    is_active = Flag(
        metadata={"description": "false: every session ends and every key is revoked at once."}
    )
    two_factor_required = Flag(metadata={"description": "A second factor is demanded."})
    password = Password(
        metadata={"description": "To be changed at once; every session and token ends."}
    )


class PasswordPut(Strict):
    """Another password."""

    current_password = Text(high=limits.PASSWORD_MAX, trim=False, required=True)
    new_password = Password(required=True)


class UserQuery(PageQuery):
    """Which people."""

    is_active = FlagWord(metadata={"description": "Only those who may log in, or the others."})


class UserSearch(UserQuery):
    """Which people, also by what their name or address has in it."""

    q = Text(high=limits.EMAIL_MAX)


class UserDeleteQuery(PreconditionQuery):
    """What becomes of their lists."""

    lists_to = Text(
        low=1,
        high=limits.USERNAME_MAX,
        metadata={"description": "Who gets the lists, the Inbox included; default: you."},
    )
    lists = OneOf(
        ("keep", "trash"),
        load_default="keep",
        metadata={"description": "trash: they are handed over in the trash, with their todos."},
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
    filter = Out(
        {
            "type": ["string", "null"],
            "description": "It has only the todos that this selects; null: all of yours.",
        },
        attribute="row_filter",
    )
    expires_at = OutInstant(nullable=True)


_ROLE = {"type": "string", "enum": [role.value for role in limits.UserRole]}
_TWO_FACTOR = {"type": "boolean", "description": "Logging in takes a second factor."}


class MeOut(Answer):
    """Who is calling, and with what."""

    id = Out({"type": "integer"})
    version = Out({"type": "integer", "description": "Goes up by one with every change."})
    username = Out({"type": "string"})
    email = Out({"type": ["string", "null"]})
    role = Out(_ROLE)
    timezone = Out({"type": "string", "description": "An IANA name: where days begin."})
    inbox_id = Out({"type": "integer", "description": "The list of new todos."})
    must_change_password = Out(
        {"type": "boolean", "description": "Somebody else has set your password."}
    )
    two_factor_enabled = Out(_TWO_FACTOR)
    api_key = fields.Nested(
        PresentedKey, allow_none=True, metadata={"description": "null: you called without one."}
    )
    last_seen_at = OutInstant(nullable=True, metadata={"description": "To the minute."})
    created_at = OutInstant()
    updated_at = OutInstant()


class UserOut(Resource):
    """A person, as administrators see them."""

    collection = "users"

    id = Out({"type": "integer"})
    version = Out({"type": "integer", "description": "Goes up by one with every change."})
    username = Out({"type": "string"})
    email = Out({"type": ["string", "null"]})
    role = Out(_ROLE)
    timezone = Out({"type": "string"})
    is_active = Out({"type": "boolean"})
    must_change_password = Out({"type": "boolean"})
    two_factor_required = Out({"type": "boolean"})
    two_factor_enabled = Out(_TWO_FACTOR)
    last_seen_at = OutInstant(nullable=True, metadata={"description": "To the minute."})
    created_at = OutInstant()
    updated_at = OutInstant()

    def _url(self, row: Any) -> str:
        return f"{self._base}/api/v1/users/{row.username}"
