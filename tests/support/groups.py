"""Which tests stay together when several processes share the suite, and which ones come first.

A group is what shares something that is slow to start, or what would disturb its like: a file, all
that attack the same Leadflow, all that put a whole one under load. The longest come first, so that
no process is left alone with one at the end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

SHARED = {
    "load": (
        "tests/faults/test_outages.py",
        "tests/e2e/test_topologies.py",
        "tests/e2e/test_full_split.py",
    ),
    "victim": (
        "tests/attacks/test_door.py",
        "tests/attacks/test_fuzz.py",
        "tests/attacks/test_hostile_bodies.py",
        "tests/attacks/test_identity.py",
        "tests/attacks/test_scrapes.py",
        "tests/attacks/test_slow_reading.py",
        "tests/attacks/test_strangers.py",
    ),
    "pages": (
        "tests/e2e/test_page.py",
        "tests/e2e/test_site_form.py",
    ),
    "guarded broker": (
        "tests/attacks/test_kafka_access.py",
        "tests/attacks/test_kafka_refusals.py",
        "tests/attacks/test_kafka_strangers.py",
    ),
    "open broker": (
        "tests/faults/test_kafka_membership.py",
        "tests/faults/test_kafka_silence.py",
        "tests/contract/test_kafka_log.py",
        "tests/contract/test_logs.py",
        "tests/integration/shared/test_reading_back.py",
        "tests/integration/test_embedded_kafka.py",
    ),
}
GROUP_OF = {file: group for group, files in SHARED.items() for file in files}
# By measured length; what is named nowhere takes its turn in the order of its name.
LONG_FIRST = (
    "load",
    "victim",
    "tests/contract/test_schemathesis.py",
    "tests/attacks/test_reads.py",
    "guarded broker",
    "open broker",
    "tests/integration/test_embedded_recovery.py",
    "tests/faults/",
    "tests/e2e/",
    "pages",
    "tests/attacks/",
    "tests/integration/test_embedded_",
    "tests/integration/",
    "tests/contract/",
    "tests/architecture/test_anatomy.py",
)


class Groups(LoadScopeScheduling):
    """Gives each process a whole group at a time."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False  # in the order of `long_first`
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return GROUP_OF.get(file, file)


def long_first(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(group_of(item.nodeid)))


def _rank(group: str) -> int:
    return next(
        (rank for rank, long in enumerate(LONG_FIRST) if group.startswith(long)), len(LONG_FIRST)
    )
