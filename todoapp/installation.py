"""What the present application was set up with, for services, which know no Flask."""

from flask import current_app

from todoapp.settings import Settings
from todoapp.shared_redis import SharedRedis


def settings() -> Settings:
    """Return its settings."""
    chosen: Settings = current_app.config["SETTINGS"]
    return chosen


def shared_redis() -> SharedRedis | None:
    """Return the Redis that it shares with other hosts, if it has one."""
    redis: SharedRedis | None = current_app.extensions["redis"]
    return redis
