"""Which tests stay together when several workers share the suite, and which ones come first.

A group is what shares something that is slow to start, or what would disturb its like: a file, all
that attack one running Leadflow, all that put a whole Leadflow under load. The long ones come
first, so that no worker is left alone with them at the end.
"""

from collections.abc import Sequence

import pytest

LOADED = ("tests/faults/", "tests/e2e/")
LONG_FIRST = (*LOADED, "tests/attacks/", "tests/integration/")
SHARED = ("victim", "guarded_kafka")  # fixtures of the whole session


def share_out(items: list[pytest.Item]) -> None:
    """Mark each test with its group, and put the groups in order."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_rank)


def _group(item: pytest.Item) -> str:
    if item.nodeid.startswith(LOADED):
        return "loaded"
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    return next((name for name in SHARED if name in fixtures), item.nodeid.partition("::")[0])


def _rank(item: pytest.Item) -> int:
    folders = [item.nodeid.startswith(folder) for folder in LONG_FIRST]
    return folders.index(True) if True in folders else len(folders)
