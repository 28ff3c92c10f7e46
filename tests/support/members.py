"""A member of a Kafka group: settings by which its death is noticed soon, and what it has heard."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.messaging.bus import Partition, Record

from shared.messaging.log.kafka.client import KafkaSettings

SESSION_SECONDS = 6.0  # the least that a broker allows by default


def settings(bootstrap: str, **other: Any) -> KafkaSettings:
    quick = KafkaSettings(
        bootstrap=bootstrap, session=SESSION_SECONDS, heartbeat=0.5, metadata_age=2.0
    )
    return replace(quick, **other)


@dataclass
class Ledger:
    """What a service's database would know: a position per partition, and what was heard."""

    positions: dict[Partition, int] = field(default_factory=dict)
    heard: dict[bytes | None, list[int]] = field(default_factory=lambda: defaultdict(list))
    batches: int = 0

    def take(self, partition: Partition, records: Sequence[Record]) -> None:
        at = self.positions.get(partition, 0)
        assert records[0].offset <= at, "records were passed by"
        for record in records:
            if record.offset >= at:
                assert record.payload is not None
                self.heard[record.key].append(int(record.payload))
        self.positions[partition] = max(at, records[-1].offset + 1)
        self.batches += 1

    def count(self) -> int:
        return sum(len(numbers) for numbers in self.heard.values())
