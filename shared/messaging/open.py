"""Which log this installation keeps: Kafka where it is named, else PostgreSQL."""

from shared.config import ServiceSettings
from shared.messaging.bus import Bus
from shared.messaging.kafka import KafkaBus
from shared.messaging.kafka.client import KafkaSettings
from shared.messaging.pglog import PgLogBus


def open_bus(settings: ServiceSettings) -> Bus:
    """Opens no connection; the first call does. Call it inside a running event loop."""
    if settings.kafka:
        return KafkaBus(
            KafkaSettings(
                bootstrap=settings.kafka,
                user=settings.kafka_user,
                password=settings.kafka_password.get_secret_value(),
                mechanism=settings.kafka_mechanism,
                tls=settings.kafka_tls,
                ca_file=settings.kafka_ca_file,
            )
        )
    # One process reads it: partitions would only cut its batches, and so its speed, into pieces.
    return PgLogBus(settings.log_database_url.get_secret_value(), most_partitions=1)
