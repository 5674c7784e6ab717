"""People at a browser."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser


@pytest.fixture
def visitor(person: Callable[..., Api]) -> Api:
    """Alice, who can log in, as a program."""
    return person("alice", password=PASSWORD, timezone="Europe/Berlin")


@pytest.fixture
def window(app: Flask, visitor: Api) -> Browser:
    """Alice, who is logged in."""
    browser = Browser(app)
    browser.log_in()
    return browser
