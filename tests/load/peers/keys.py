"""API keys as the service makes them: found by eight characters, kept as a SHA-256."""

import hashlib
import hmac

_PUBLIC = slice(5, 13)


def public_id(key: str) -> str:
    """Return the part by which a key is found."""
    return key[_PUBLIC]


def matches(key: str, secret_hash: str) -> bool:
    """Tell whether `key` is the one that was kept as `secret_hash`."""
    return hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), secret_hash)
