"""Somebody who logs in."""

from collections.abc import Callable

import pytest

from tests.support.api import Api
from tests.support.pages import PASSWORD


@pytest.fixture
def account(person: Callable[..., Api]) -> Api:
    """Alice, who has a password."""
    return person("alice", password=PASSWORD)
