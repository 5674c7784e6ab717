"""The second factor: what clients send, what they get."""

from todoapp import limits
from todoapp.schemas.answer import Answer, Out, OutInstant
from todoapp.schemas.fields import Text
from todoapp.schemas.strict import Strict


class Password(Text):
    """The caller's own password, to show that it is them."""

    def __init__(self) -> None:
        super().__init__(high=limits.PASSWORD_MAX, trim=False, required=True)


class Otp(Text):
    """A code of the authenticator app, or a recovery code."""

    def __init__(self) -> None:
        super().__init__(high=limits.OTP_MAX, required=True, metadata={"example": "123456"})


class TwoFactorBegin(Strict):
    """Whose password it is gets a new secret."""

    password = Password()


class TwoFactorConfirm(Strict):
    """The first code of the app."""

    otp = Otp()


class TwoFactorDisable(Strict):
    """Both factors, to be left with one."""

    password = Password()
    otp = Otp()


class TwoFactorOut(Answer):
    """Whether the caller needs a code to log in."""

    enabled = Out({"type": "boolean"})
    required = Out({"type": "boolean", "description": "An administrator demands it."})
    enabled_at = OutInstant(nullable=True)
    recovery_codes_left = Out({"type": "integer"})


class TwoFactorBegunOut(Answer):
    """What sets up an authenticator app."""

    secret = Out({"type": "string", "description": "In base32, to be typed in."})
    otpauth_uri = Out({"type": "string", "format": "uri", "description": "A link for apps."})
    qr_svg = Out({"type": "string", "description": "The link as a QR code, an SVG element."})


class RecoveryCodesOut(Answer):
    """Codes that log in once each, shown this once."""

    recovery_codes = Out({"type": "array", "items": {"type": "string"}})
