"""Which tests stay together when several processes share the suite, and which ones come first.

A group is what shares something that is slow to start, or what would disturb its like: a file, all
attacks, all that put a whole Leadflow under load. The long ones come first, so that no process is
left alone with them at the end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

LOADED = ("tests/faults/", "tests/e2e/")
ATTACKS = "tests/attacks/"
LONG_FIRST = (*LOADED, ATTACKS, "tests/contract/", "tests/integration/")


class Groups(LoadScopeScheduling):
    """Gives each process a whole group at a time."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False  # in the order of `long_first`
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    if nodeid.startswith(LOADED):
        return "loaded"
    return "attacks" if nodeid.startswith(ATTACKS) else nodeid.partition("::")[0]


def long_first(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    folders = [nodeid.startswith(folder) for folder in LONG_FIRST]
    return folders.index(True) if True in folders else len(folders)
