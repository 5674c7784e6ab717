"""What several modules of tests of the API begin with."""

from typing import Any

import pytest

from tests.support.api import Api
from tests.support.row_scopes import SECRET, keyed


@pytest.fixture
def bot(alice: Api) -> Api:
    """A key of hers that has what is tagged `ci`."""
    return keyed(alice)


@pytest.fixture
def inside(alice: Api) -> Any:
    """A todo that the key has."""
    return alice.todo("Build", tags=["CI", "paint"])


@pytest.fixture
def outside(alice: Api) -> Any:
    """A todo that it does not have."""
    return alice.todo(SECRET, tags=["paint", "secret"])
