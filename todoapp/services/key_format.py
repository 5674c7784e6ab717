"""What an API key looks like.

It is `todo_`, an 8-character public id by which it is found, `_`, and 43 random letters and
digits (256 bits). Of the whole only a SHA-256 is kept: nothing so random is guessed from it, so
that a slow hash would only slow down every call.
"""

import hashlib
import secrets
import string

PREFIX = "todo_"
PUBLIC_LENGTH = 8
_SECRET_LENGTH = 43
_ALPHABET = string.ascii_letters + string.digits
_PUBLIC = slice(len(PREFIX), len(PREFIX) + PUBLIC_LENGTH)


def new() -> tuple[str, str]:
    """Return the public id of a new key, and the key."""
    public_id = _random(PUBLIC_LENGTH)
    return public_id, f"{PREFIX}{public_id}_{_random(_SECRET_LENGTH)}"


def public_id(key: str) -> str:
    """Return the part by which the key is found; of something else, what finds nothing."""
    found = key[_PUBLIC] if key.startswith(PREFIX) else ""
    return found if found.isascii() and found.isalnum() else ""


def digest(key: str) -> str:
    """Return what is kept of a key: its SHA-256, in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
