"""How text is compared: databases fold case differently, so it is folded here, once."""

import unicodedata


def fold(text: str) -> str:
    """Return the key under which two spellings of a name are the same: NFC, then case-folded.

    >>> fold("Straße") == fold("STRASSE")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def has_control(text: str, *, allowed: str = "") -> bool:
    """Tell whether `text` holds a control character (Unicode Cc) or a lone surrogate (Cs)."""
    return any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in text)
