"""Of the statements of filters no more are kept than fit into memory."""

import gc
from dataclasses import replace
from itertools import islice, product
from urllib.parse import quote

from flask import Flask
from sqlalchemy.sql.compiler import SQLCompiler

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.prepared import Prepared
from todoapp.services import row_scopes, todo_rows
from todoapp.services.filters import Variants
from todoapp.services.kept_statements import KEPT_OF_TREES, keep

PARTS = ("id > 1", "NOT tags : a", "title : a", "due_date < now", "assigned_to = me")


def alive(kind: type) -> int:
    """Return how many of a kind there are in memory."""
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())


def test_filters_of_many_shapes_leave_few_statements(alice: Api) -> None:
    before = alive(Prepared)
    for parts in islice(product(PARTS, repeat=4), KEPT_OF_TREES + 40):
        path = f"todos?count=true&filter={quote(' AND '.join(parts))}"
        assert alice.get(path).status_code == 200
    # Those of pages, those that count, and some of words.
    assert alive(Prepared) <= before + 2 * KEPT_OF_TREES + 8


def test_filters_of_many_keys_leave_little_that_is_compiled(app: Flask, alice: Api) -> None:
    todo = alice.todo()
    assert alice.actor
    with app.app_context(), unit_of_work():
        before = alive(SQLCompiler)
        for parts in islice(product(PARTS, repeat=4), 2 * KEPT_OF_TREES):
            key = replace(alice.actor, row_filter=" OR ".join(parts), called_at=utcnow())
            row_scopes.covers(key, todo["id"])
            todo_rows.read_all(key, [todo["id"]])
        assert alive(SQLCompiler) <= before + 1.5 * KEPT_OF_TREES + 8


def test_filters_do_not_push_out_the_statements_of_words() -> None:
    built: list[Variants] = []
    kept = keep(built.append)
    kept(("live",))
    for number in range(2000):
        kept((("id", "=", "", f"filter_{number}"), "live"))
    kept(("live",))
    assert built.count(("live",)) == 1
