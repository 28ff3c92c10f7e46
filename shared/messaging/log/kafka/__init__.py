"""The log kept by Apache Kafka: the only package that imports aiokafka."""

from shared.messaging.log.kafka.log import KafkaLog

__all__ = ["KafkaLog"]
