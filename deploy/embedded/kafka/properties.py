"""How a private broker is configured: guarded as in production, or open to all for a test."""

from collections.abc import Mapping
from pathlib import Path

ADMINISTRATOR = "leadflow-admin"
# A killed broker is let back in when its old session has expired, hence three seconds of it.
COMMON = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENTS",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "10",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.retention.hours": "720",
}
OPEN = {"listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT"}
SECURITY = "org.apache.kafka.common.security"


def guard(password: str) -> dict[str, str]:
    """Every client authenticates, and may do only what a grant allows.

    The administrator is the only user whom the broker knows by itself, hence by PLAIN; it is also
    the broker towards its controller. All others prove themselves by SCRAM.
    """
    administrator = (
        f'{SECURITY}.plain.PlainLoginModule required username="{ADMINISTRATOR}"'
        f' password="{password}" user_{ADMINISTRATOR}="{password}";'
    )
    return {
        "listener.security.protocol.map": "CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "listener.name.clients.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "listener.name.clients.scram-sha-512.sasl.jaas.config": (
            f"{SECURITY}.scram.ScramLoginModule required;"
        ),
        "listener.name.clients.plain.sasl.jaas.config": administrator,
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": administrator,
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{ADMINISTRATOR}",
    }


def text(*, ports: tuple[int, int], data: Path, other: Mapping[str, str]) -> str:
    """`ports` are the broker's and the controller's; nothing but this machine reaches them."""
    broker, controller = ports
    own = {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"CLIENTS://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"CLIENTS://127.0.0.1:{broker}",
        "log.dirs": str(data),
    }
    properties = {**COMMON, **own, **other}
    return "".join(f"{name}={value}\n" for name, value in properties.items())
