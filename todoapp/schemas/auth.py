"""Logging in with tokens, and sessions: what clients send, what they get."""

from todoapp import limits
from todoapp.schemas.answer import Answer, Out, OutInstant, Resource
from todoapp.schemas.fields import Text
from todoapp.schemas.strict import Strict


class LoginBody(Strict):
    """Who logs in."""

    username = Text(low=1, high=limits.USERNAME_MAX, required=True, metadata={"example": "ada"})
    password = Text(
        high=limits.PASSWORD_MAX,
        trim=False,
        required=True,
        metadata={"format": "password", "example": "purple teapot 9 sings"},
    )
    otp = Text(
        high=limits.OTP_MAX,
        allow_none=True,
        metadata={
            "description": "A code of the authenticator app, or a recovery code; for those who "
            "have the second factor on."
        },
    )
    new_password = Text(
        low=limits.PASSWORD_MIN,
        high=limits.PASSWORD_MAX,
        trim=False,
        allow_none=True,
        metadata={
            "format": "password",
            "description": "Becomes the password; for those who have to change it.",
        },
    )


class RefreshBody(Strict):
    """What renews the tokens."""

    refresh_token = Text(low=1, high=limits.TOKEN_MAX, required=True)


class RevokeBody(Strict):
    """What is to end."""

    token = Text(
        low=1,
        high=limits.TOKEN_MAX,
        required=True,
        metadata={"description": "A refresh token, an access token or an API key."},
    )


class TokensOut(Answer):
    """What to call with, and what to renew it with (RFC 6749, 5.1)."""

    access_token = Out({"type": "string", "description": "Send it as `Authorization: Bearer`."})
    token_type = Out({"type": "string", "const": "Bearer"})
    expires_in = Out({"type": "integer", "description": "Seconds until the access token ends."})
    refresh_token = Out(
        {"type": "string", "description": "For /auth/refresh, once: used again, it ends the login."}
    )


class SessionOut(Resource):
    """Somebody who is logged in."""

    collection = "sessions"

    id = Out({"type": "integer"})
    kind = Out({"type": "string", "enum": [kind.value for kind in limits.SessionKind]})
    is_current = Out({"type": "boolean", "description": "You are calling with it."})
    address = Out({"type": ["string", "null"], "description": "Where it was opened from."})
    user_agent = Out({"type": ["string", "null"], "description": "What it was opened with."})
    created_at = OutInstant()
    last_seen_at = OutInstant(metadata={"description": "To the minute."})
    expires_at = OutInstant(
        metadata={"description": "When it ends at the latest; without a call, it ends sooner."}
    )
