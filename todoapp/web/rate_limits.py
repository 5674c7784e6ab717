"""How many requests a caller may make: each key, else each person, else each address.

The headers are those of the IETF's draft-ietf-httpapi-ratelimit-headers. Requests are counted in
the Redis that hosts share; without one, or while it is away, each process counts for itself.

Who sends wrong credentials is counted by address as well, even where limits are off. Beyond that
limit wrong ones get 429, right ones go on: others may be behind the same address.
"""

import math
from functools import lru_cache
from typing import Any

from flask import Flask, Response

from todoapp.errors import TooManyRequests
from todoapp.services.access import Actor
from todoapp.services.throttle import network
from todoapp.settings import Settings
from todoapp.shared_redis import Away, SharedRedis
from todoapp.web.current import app_context, request_context
from todoapp.web.windows import Windows

#: How many wrong credentials in how many seconds an address may send.
FAILURES = (60, 60)

_COUNT = """
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    left = tonumber(ARGV[1])
    redis.call('PEXPIRE', KEYS[1], left)
end
return {count, left}
"""

_network = lru_cache(maxsize=1024)(network)


class Limit:
    """At most `most` requests of one caller in `seconds`."""

    def __init__(self, name: str, most: int, seconds: int, redis: SharedRedis | None) -> None:
        self.name = name
        self.most = most
        self.seconds = seconds
        self._redis = redis
        self._windows = Windows(seconds)

    def count(self, caller: str) -> tuple[int, float]:
        """Count a request; return the count so far and how many seconds its window goes on."""
        if self._redis is None:
            return self._windows.count(caller)
        try:
            return self._redis.ask(lambda client: self._count_in(client, caller))
        except Away:
            return self._windows.count(caller)

    def _count_in(self, client: Any, caller: str) -> tuple[int, float]:
        key = f"todoapp:{self.name}:{caller}"
        count, left = client.eval(_COUNT, 1, key, self.seconds * 1000)
        return count, left / 1000


class RateLimits:
    """The limits of one application."""

    def __init__(self, rate: tuple[int, int] | None, redis: SharedRedis | None) -> None:
        self.failures = Limit("failures", *FAILURES, redis)
        self.default = Limit("default", *rate, redis) if rate else None
        self.policy = f'"default";q={rate[0]};w={rate[1]}' if rate else ""

    def count(self, caller: str) -> None:
        """Count a request of `caller`, for the headers too. Raises TooManyRequests."""
        limit = self.default
        if limit is None:
            return
        count, left = limit.count(caller)
        app_context().g.rate_limit = f'"default";r={max(0, limit.most - count)};t={math.ceil(left)}'
        if count > limit.most:
            raise TooManyRequests("Too many requests: wait.", retry_after=left)

    def count_failure(self, caller: str) -> None:
        """Count wrong credentials. Raises TooManyRequests."""
        count, left = self.failures.count(caller)
        if count > self.failures.most:
            raise TooManyRequests("Too many wrong credentials: wait.", retry_after=left)


def install(app: Flask) -> None:
    """Count the requests of `app`, by the calls below, and say in the answers how many are left."""
    settings: Settings = app.config["SETTINGS"]
    limits = RateLimits(settings.rate_limit, app.extensions["redis"])
    app.extensions["rate_limits"] = limits
    if not settings.rate_limit:
        return

    def tell(response: Response) -> Response:
        left = app_context().g.get("rate_limit")
        if left is not None:
            response.headers.add("RateLimit-Policy", limits.policy)
            response.headers.add("RateLimit", left)
        return response

    app.after_request(tell)


def count_actor(actor: Actor) -> None:
    """Count a request of somebody who was identified. Raises TooManyRequests."""
    by_key = actor.key_id is not None
    _present().count(f"key:{actor.key_id}" if by_key else f"person:{actor.user_id}")


def count_address() -> None:
    """Count a request of nobody in particular. Raises TooManyRequests."""
    _present().count(_address())


def count_failure() -> None:
    """Count wrong credentials. Raises TooManyRequests."""
    _present().count_failure(_address())


def _present() -> RateLimits:
    limits: RateLimits = app_context().app.extensions["rate_limits"]
    return limits


def _address() -> str:
    return f"address:{_network(request_context().request.remote_addr)}"
