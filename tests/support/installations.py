"""Services on databases of their own, which a test may fill, damage, drop and restore."""

import re
import zlib
from pathlib import Path

import flask_migrate
from flask import Flask

from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import Base, db, forget_connections, unit_of_work
from todoapp.services import accounts, todos
from todoapp.settings import Settings


def migrated(settings: Settings) -> Flask:
    """Return a service on an empty database of the present schema."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
    return app


def add_person(app: Flask, name: str = "alice") -> None:
    with app.app_context(), unit_of_work():
        accounts.create({"username": name}, at=utcnow())


def add_todo(app: Flask, title: str, name: str = "alice") -> int:
    with app.app_context(), unit_of_work():
        body = {"title": title, "tags": ["a"]}
        return todos.create(accounts.acting(name), body, at=utcnow()).id


def rows(app: Flask) -> dict[str, list[object]]:
    """Return every row of every table."""
    with app.app_context(), db.engines["reads"].connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
            for table in Base.metadata.sorted_tables
        }


def close(app: Flask) -> None:
    with app.app_context():
        forget_connections()


def flip_within(file: Path, words: bytes) -> None:
    """Change one byte of a backup among the given words, compressed or not."""
    content = bytearray(file.read_bytes())
    place = content.find(words)
    content[place if place >= 0 else _compressed(bytes(content), words)] ^= 0x10
    file.write_bytes(content)


def cut(file: Path, _words: bytes) -> None:
    """Take the last third of a backup away."""
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3])


def _compressed(content: bytes, words: bytes) -> int:
    """Return the middle of what pg_dump has compressed the words into."""
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        stream = zlib.decompressobj()
        try:
            plain = stream.decompress(content[found.start() :])
        except zlib.error:
            continue
        if words in plain:
            return (found.start() + len(content) - len(stream.unused_data)) // 2
    raise AssertionError(f"{words!r} is nowhere")
