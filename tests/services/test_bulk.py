"""What is done after very many rows have been added."""

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.api import Api
from todoapp.db import db, reader, unit_of_work
from todoapp.services import bulk

AGAIN = text("UPDATE tag_count SET uses = uses")
SIZE = text("SELECT pg_relation_size('tag_count')")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_counts_that_were_written_again_and_again_take_no_more_room(app: Flask, alice: Api) -> None:
    for number in range(20):
        alice.todo("x", tags=[f"tag {number} {part}" for part in range(10)])
    with app.app_context():
        bulk.settle()
        before = reader().scalar(SIZE)
        with unit_of_work():
            for _ in range(20):
                db.session.execute(AGAIN)
        assert reader().scalar(SIZE) > 5 * before
        bulk.settle()
        assert reader().scalar(SIZE) == before
