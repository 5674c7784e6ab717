"""What somebody's authenticator app shows: codes that change every thirty seconds (RFC 6238).

The secret that the app shares with us is kept nowhere: it is made from a salt, which the database
has, and from the service's secret key, which it has not. So a stolen database gives no codes.
"""

import base64
import hmac
import secrets
from datetime import datetime
from io import BytesIO

import pyotp
import segno

_SECONDS = 30
#: HMAC-SHA-1, which is what apps speak, wants a key of this many bytes (RFC 4226, section 4).
_SECRET_BYTES = 20


def new_salt() -> str:
    """Return what to keep for a new secret."""
    return secrets.token_hex(16)


def secret(salt: str, secret_key: str) -> str:
    """Return the secret of `salt`, in base32."""
    made = hmac.digest(secret_key.encode(), b"authenticator\n" + salt.encode(), "sha256")
    return base64.b32encode(made[:_SECRET_BYTES]).decode("ascii")


def step(shared: str, code: str, *, at: datetime) -> int | None:
    """Return the time step whose code of the secret `shared` it is; None: of none that counts.

    Clocks differ and typing takes time: the steps before and after the present one count too
    (RFC 6238, section 5.2). Takes as long whatever the code.
    """
    totp = pyotp.TOTP(shared, interval=_SECONDS)
    now = int(at.timestamp()) // _SECONDS
    given = code.encode("utf-8", "backslashreplace")
    fitting = [
        one
        for one in (now - 1, now, now + 1)
        if hmac.compare_digest(totp.generate_otp(one).encode("ascii"), given)
    ]
    return max(fitting, default=None)


def uri(shared: str, *, username: str, issuer: str) -> str:
    """Return the link that sets up an app, as most of them understand it."""
    issuer = issuer.replace(":", ".")  # what comes behind a colon is the person's name
    return pyotp.TOTP(shared, interval=_SECONDS).provisioning_uri(name=username, issuer_name=issuer)


def qr_svg(text: str) -> str:
    """Return the QR code of `text` as an SVG element, without styles: policies refuse those."""
    written = BytesIO()
    segno.make(text, error="m", micro=False).save(
        written,
        kind="svg",
        scale=4,
        light="#fff",  # on a dark page too
        xmldecl=False,
        nl=False,
        svgclass=None,
        lineclass=None,
    )
    return written.getvalue().decode("utf-8")
