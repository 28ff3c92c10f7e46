"""History on a real database: its handlers, and its HTTP door at a moment of our choosing."""

import pytest

from services.history.service import HISTORY
from services.history.settings import Settings
from tests.support.reader_fixtures import Reader, database, door, url

__all__ = ["database", "door", "url"]


@pytest.fixture
def reader() -> Reader:
    return Reader(HISTORY, Settings)
