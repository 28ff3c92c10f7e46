"""What keeps promises in the log: a broker that is away, silent or wiped; queues that are full."""

import asyncio

from deploy.embedded.kafka.server import PrivateKafka
from shared.messaging.log.kafka.subscription import KafkaSubscription
from shared.runtime.loop import Loop, Progress
from tests.support.mechanisms.mechanism import Mechanism, always


class _NeverCommitting(KafkaSubscription):
    def _commit_soon(self, **_: float) -> None:
        return


class _Trusting(KafkaSubscription):
    """Takes silence for peace."""

    async def _look_after_silence(self) -> None:
        return


def _prepared_once(_kafka: PrivateKafka) -> Loop:
    async def rest(_progress: Progress) -> None:
        await asyncio.Event().wait()

    return Loop("log", rest)


LOG: tuple[Mechanism, ...] = (
    Mechanism(
        "offsets committed",
        9,
        (
            (
                "tests/contract/test_kafka_log.py::"
                "test_what_was_done_comes_no_more_and_what_was_not_comes_again"
            ),
        ),
        {"shared.messaging.log.kafka.log:KafkaSubscription": _NeverCommitting},
    ),
    Mechanism(
        "silent consumers replaced",
        9,
        (
            (
                "tests/faults/test_kafka_membership.py::"
                "test_a_consumer_that_stands_still_though_it_is_behind_is_given_up"
            ),
        ),
        {"shared.messaging.log.kafka.log:KafkaSubscription": _Trusting},
    ),
    Mechanism(
        "a wiped log prepared anew",
        9,
        (
            (
                "tests/integration/test_embedded_kafka.py::"
                "test_a_broker_that_has_lost_its_data_is_another_cluster_and_prepared_anew"
            ),
        ),
        {"deploy.embedded.preparation:log_loop": _prepared_once},
    ),
    Mechanism(
        "queues that overflow close",
        11,
        (
            (
                "tests/contract/test_memory_log.py::"
                "test_a_queue_that_overflows_is_emptied_and_closed_until_it_is_opened"
            ),
        ),
        {"shared.messaging.log.memory:overflows": always(value=False)},
    ),
)
