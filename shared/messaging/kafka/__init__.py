"""The log kept by Apache Kafka: the only package that imports aiokafka."""

from shared.messaging.kafka.bus import KafkaBus

__all__ = ["KafkaBus"]
