"""People at a browser."""

from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from flask import Flask

from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from todoapp.services import passwords


@pytest.fixture(scope="package", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Argon2 is slow on purpose, and everybody here logs in; nobody guesses."""
    with patch.object(
        passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    ):
        yield


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
