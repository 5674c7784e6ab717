"""What the tests of faults share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from tests.faults.service import Service
from todoapp.settings import Settings


@pytest.fixture
def database(service: Service) -> Iterator[Engine]:
    """The database, behind the service's back."""
    url = Settings.from_environment(service.env).url
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()
