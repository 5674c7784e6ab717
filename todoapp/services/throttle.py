"""How often passwords and codes may be guessed [ASVS 6.3.1].

At most 15 attempts in any 15 minutes, for each account and from each address. An attempt is
counted before the password is looked at, so that many at once gain nothing. One that succeeds takes
back its own count and no other: nobody clears the way by logging in to an account of their own.

Nobody is locked out for good: each count ends by itself. Yet somebody who keeps guessing would keep
the owner out. So an account counts apart at each address from which it was logged in to in the last
30 days, and the owner is let in from there whatever strangers do elsewhere.

A name counts as it was typed, whether or not there is such an account; what is kept is an HMAC, for
people type passwords there. IPv6 addresses count by their network (/64), which is what one
subscriber gets.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Protocol

import uuid_utils

from todoapp.errors import TooManyRequests
from todoapp.installation import settings, shared_redis
from todoapp.limits import PRUNED_AT_ONCE
from todoapp.services.login_attempts import DatabaseAttempts, RedisAttempts
from todoapp.shared_redis import Away

MOST = 15
WINDOW = timedelta(minutes=15)
#: How long an address is known from which somebody has logged in.
KNOWN_FOR = timedelta(days=30)


class _Store(Protocol):
    """Where attempts are counted; all but the database raise Away."""

    def knows(self, key: str, at: datetime) -> bool: ...
    def count(
        self, keys: list[str], attempt_id: str, most: int, at: datetime, ends_at: datetime
    ) -> datetime | None: ...
    def take_back(
        self, keys: list[str], attempt_id: str, known: str, ends_at: datetime
    ) -> None: ...


@dataclass(frozen=True)
class Attempt:
    """An attempt that was counted and may go on."""

    id: str
    at: datetime
    _keys: list[str]
    _known: str
    _store: _Store

    def succeeded(self) -> None:
        """Take back this one's count, and know the address from now on.

        It takes part in the open unit of work; what is to survive a failure comes before it.
        """
        ends_at = self.at + KNOWN_FOR
        try:
            self._store.take_back(self._keys, self.id, self._known, ends_at)
        except Away:  # then it ends by itself
            return


def attempt(username: str, address: str | None, *, at: datetime) -> Attempt:
    """Count an attempt to log in as `username`, before anything is checked.

    Call it before the first statement of the unit of work: the count is committed at once. Raises
    TooManyRequests; one that is refused does not count.
    """
    redis = shared_redis()
    if redis is not None:
        try:
            return _count(RedisAttempts(redis), username, address, at)
        except Away:
            pass
    return _count(DatabaseAttempts(), username, address, at)


def prune(at: datetime, most: int = PRUNED_AT_ONCE) -> int:
    """Forget what no longer counts; return how many rows that were, at most `most`."""
    return DatabaseAttempts().prune(at, most)


def _count(store: _Store, username: str, address: str | None, at: datetime) -> Attempt:
    name, place = username.strip().casefold(), network(address)
    known = _key("known", name, place)
    owner_is_known = bool(place) and store.knows(known, at)
    keys = [_key("account", name, place if owner_is_known else "")]
    if place:
        keys.append(_key("address", place))
    made = Attempt(str(uuid_utils.uuid7()), at, keys, known, store)
    full_until = store.count(keys, made.id, MOST, at, at + WINDOW)
    if full_until is not None:
        raise TooManyRequests(
            "Too many attempts to log in: wait.", retry_after=(full_until - at).total_seconds()
        )
    return made


def network(address: str | None) -> str:
    """Return what stands for one subscriber: an IPv4 address, an IPv6 network; none: ''."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return address or ""
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return parsed.packed[:8].hex(":", 2) + "::/64"


def _key(*parts: str) -> str:
    secret = settings().secret_key.encode()
    text = "\n".join(("throttle", *parts)).encode(errors="surrogatepass")
    return hmac.new(secret, text, hashlib.sha256).hexdigest()
