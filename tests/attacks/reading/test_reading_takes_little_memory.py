"""What reading takes of memory at its height is a few times the size of what is read."""

import gc
import tracemalloc
from contextlib import suppress

import pytest

from services.intake.domain.requests import ChannelError
from tests.attacks.reading.generators import TABLE
from tests.attacks.reading.row import Row

pytestmark = pytest.mark.attacks

SIZE = 50_000
MOST_TIMES = 35  # JSON of empty lists alone takes 25 times its text in Python
WHOLE_PATHS = ("generic-json.parse: ", "postmark.parse: raw, ", "typeform.parse: emails")


def _times(row: Row) -> float:
    request = row.hostile(SIZE)
    size = len(request.body) + len(request.query) + sum(len(value) for _, value in request.headers)
    gc.collect(0)
    tracemalloc.start()
    try:
        with suppress(ChannelError):
            row.read(request)
        return tracemalloc.get_traced_memory()[1] / max(size, SIZE)
    finally:
        tracemalloc.stop()


def test_peak_memory_is_a_few_times_the_size() -> None:
    paths = [row for row in TABLE if row.name.startswith(WHOLE_PATHS)]
    for row in paths:  # what a reader loads once, as tables of alphabets, is not the sender's doing
        with suppress(ChannelError):
            row.read(row.hostile(100))
    faults = [f"{row.name}: {times:.0f}" for row in paths if (times := _times(row)) > MOST_TIMES]
    assert not faults, "\n".join(faults)
