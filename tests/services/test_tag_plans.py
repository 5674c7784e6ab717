"""What SQLite does by itself when todos move or go, with nothing known of how much there is."""

import pytest
from flask import Flask
from sqlalchemy import text

from todoapp.db import db

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_key_of_tags_is_followed_by_the_todo_and_not_by_its_list(app: Flask) -> None:
    """A list may have a hundred thousand of them."""
    followed = text("EXPLAIN QUERY PLAN SELECT 1 FROM todo_tag WHERE todo_id = 1 AND list_id = 1")
    with app.app_context():
        [(*_, plan)] = db.session.execute(followed).all()
    assert "(todo_id=? AND list_id=?)" in plan
