"""Passwords: which are accepted, and how what is kept of them is made and compared."""

import re
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from todoapp.errors import Invalid
from todoapp.limits import PASSWORD_MAX, PASSWORD_MIN

#: Argon2id as OWASP recommends it: 19 MiB, two passes, one lane (ASVS 11.4.2).
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: What a password is compared with where there is none; nothing is known that it is made of.
_NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$oJKXvwZpYJS0uiqxOL85sw"
    "$5YH9xEAwMQW+5GUfCCXHxxWcdOI6DOKdesxnMgriDFQ"
)


def hash(password: str) -> str:
    """Return what is kept of `password`, in PHC form.

    It takes about 20 ms, on purpose: never call it inside a transaction that has begun, since
    SQLite's only writer would wait for it.
    """
    return _HASHER.hash(_bytes(password))


def generate() -> str:
    """Return a password to be given to somebody, who then chooses one."""
    return secrets.token_urlsafe(12)


def matches(password: str, password_hash: str | None) -> bool:
    """Tell whether the hash was made of `password`; it takes as long when there is no hash."""
    try:
        verified = _HASHER.verify(password_hash or _NOBODYS, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return verified and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def refuse_weak(
    password: str, username: str, email: str | None, *, field: str = "password"
) -> None:
    """Raise Invalid, naming `field`, for a password that would be among the first guesses.

    Any characters will do, and nobody demands a mixture of them (ASVS 6.2.1, 6.2.4, 6.2.9).
    """
    if len(password) < PASSWORD_MIN:
        detail = f"Must have at least {PASSWORD_MIN} characters."
        raise Invalid.field(field, "too_short", detail)
    if len(password) > PASSWORD_MAX:
        raise Invalid.field(field, "too_long", f"Must have at most {PASSWORD_MAX} characters.")
    word = password.casefold()
    guesses = {word, _TRIVIAL_DIGITS.sub("", word)}
    own = {username, (email or "").partition("@")[0], "todoapp"} - {""}
    if not guesses.isdisjoint(own | _common()):
        raise Invalid.field(field, "common", "Must not be one that many people use, or your name.")


def _bytes(password: str) -> bytes:
    """Return what is hashed; bytes of a shell that are no UTF-8 come in as lone surrogates."""
    return password.encode("utf-8", "surrogatepass")


#: A year, a date, a counter behind a word do not make it harder to guess.
_TRIVIAL_DIGITS = re.compile(r"[0-9]{1,6}\Z")


@cache
def _common() -> frozenset[str]:
    """Return the 30,000 most common passwords; kept by the processes that ever need them."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - it takes 10 MB

    return frozenset(FREQUENCY_LISTS["passwords"])
