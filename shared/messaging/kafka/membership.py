"""What a member knows of its group's comings and goings.

One law: nothing is done in the client's callbacks but counting, since it waits for them.
"""

import asyncio
import time

from aiokafka import ConsumerRebalanceListener


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """Counts rebalances, nothing else: aiokafka waits for these callbacks."""

    def __init__(self) -> None:
        self.generation = 0
        self.settled = asyncio.Event()
        self.rejoining_since = time.monotonic()

    def on_partitions_revoked(self, revoked: object) -> None:  # noqa: ARG002
        self.generation += 1
        self.rejoining_since = time.monotonic()
        self.settled.clear()

    def on_partitions_assigned(self, assigned: object) -> None:  # noqa: ARG002
        self.generation += 1
        self.settled.set()
