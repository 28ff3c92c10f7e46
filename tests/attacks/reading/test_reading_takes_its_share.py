"""Whatever a sender makes, reading it takes time in proportion to its size, and little of it."""

from collections import defaultdict

import pytest

from tests.attacks.reading.generators import TABLE
from tests.attacks.reading.row import Row

pytestmark = pytest.mark.attacks

SIZE = 200_000  # bytes
MOST_SECONDS = 0.5  # of CPU for them
GROWTH = 3.0  # times the seconds for twice the size: in proportion, and room for caches
# Ten times the size in fewer times the seconds: then twice the size takes less than GROWTH times.
STRAIGHT = 20.0
# What takes less is noise by itself; a reader in disguise would take seconds for a megabyte.
NOISE_SECONDS = 0.01
# Even by its square the whole would take no more than the noise.
AT_ONCE_SECONDS = NOISE_SECONDS / 100
ATTEMPTS = 20
LEAST_FOR_SUMS = 5

_BY_READER: dict[str, list[Row]] = defaultdict(list)
for _row in TABLE:
    _BY_READER[_row.name.partition(":")[0]].append(_row)


def _fault(row: Row) -> str | None:
    """What is wrong with the row's times. The best of several attempts, and then their sums:
    machines are busy, and the best of the one size may have had a better moment than the other's.
    """
    # A tenth first: a reader that goes wrong here would take minutes for the whole.
    tenth = row.seconds(SIZE // 10)
    if tenth < AT_ONCE_SECONDS:
        return None
    if tenth > MOST_SECONDS / 4 and row.seconds(SIZE // 10) > MOST_SECONDS / 4:
        return f"{row.name}: {tenth:.3f} s for {SIZE // 10} bytes"
    wholes: list[float] = []
    halves: list[float] = []
    for attempt in range(ATTEMPTS):
        wholes.append(row.seconds(SIZE))
        whole = min(wholes)
        if whole < NOISE_SECONDS or (whole < MOST_SECONDS and whole < STRAIGHT * tenth):
            return None
        halves.append(row.seconds(SIZE // 2))
        growth = whole / min(halves)
        if attempt >= LEAST_FOR_SUMS:
            growth = min(growth, sum(wholes) / sum(halves))
        if whole < MOST_SECONDS and growth < GROWTH:
            return None
        if whole > 4 * MOST_SECONDS:
            break
    if min(wholes) < MOST_SECONDS and _goes_on_in_proportion(row, min(wholes)):
        return None
    return f"{row.name}: {min(halves):.3f} s for {SIZE // 2} bytes, {min(wholes):.3f} s for {SIZE}"


def _goes_on_in_proportion(row: Row, seconds: float) -> bool:
    """Whether twice the size takes about twice as long again. Of a cache there is one end, and what
    had grown too much below it does not go on so above; whatever goes by its square does.
    """
    doubles = [row.seconds(2 * SIZE) for _ in range(LEAST_FOR_SUMS)]
    return min(doubles) < GROWTH * seconds


@pytest.mark.parametrize("reader", _BY_READER)
def test_time_grows_with_the_size_and_stays_small(reader: str) -> None:
    faults = [fault for row in _BY_READER[reader] if (fault := _fault(row))]
    assert not faults, "\n".join(faults)
