"""Over TLS nothing is told to a broker that cannot prove itself, and there is no way around it."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from deploy.embedded.kafka.properties import ADMINISTRATOR, guard
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.preparation import kafka_settings, prepare_log
from deploy.embedded.processes.machine import free_port
from shared.clock import system_clock
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings, LogRefusesError

pytestmark = [pytest.mark.attacks, pytest.mark.kafka]


def certificate(name: str) -> tuple[bytes, bytes]:
    """Key and certificate, signed by itself, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = system_clock()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    plain = NoEncryption()
    words = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain)
    return words, made.public_bytes(Encoding.PEM)


@pytest.fixture
async def kafka(tmp_path: Path) -> AsyncIterator[tuple[KafkaSettings, Path]]:
    """A worker's settings for a broker that serves TLS beside its usual port; its authority."""
    key, authority = certificate("broker")
    (tmp_path / "broker.pem").write_bytes(key + authority)
    (tmp_path / "authority.pem").write_bytes(authority)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lf-tls-") as folder:
        broker = PrivateKafka(Path(folder))
        usual, controller = broker.ports
        words = guard(broker.password(ADMINISTRATOR))
        listeners = f"CLIENTS://127.0.0.1:{usual},TLS://127.0.0.1:{port}"
        broker = PrivateKafka(
            Path(folder),
            settings={
                "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
                "advertised.listeners": listeners,
                "listener.security.protocol.map": (
                    words["listener.security.protocol.map"] + ",TLS:SASL_SSL"
                ),
                "listener.name.tls.ssl.keystore.type": "PEM",
                "listener.name.tls.ssl.keystore.location": str(tmp_path / "broker.pem"),
                "listener.name.tls.sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.tls.scram-sha-512.sasl.jaas.config": words[
                    "listener.name.clients.scram-sha-512.sasl.jaas.config"
                ],
            },
        )
        try:
            broker.start()
            await prepare_log(broker)
            yield (
                replace(kafka_settings(broker, "kpi"), bootstrap=f"127.0.0.1:{port}", tls=True),
                tmp_path / "authority.pem",
            )
        finally:
            broker.stop()


async def _cluster_id(settings: KafkaSettings) -> str:
    log = KafkaLog(settings)
    try:
        return await log.cluster_id()
    finally:
        await log.close()


async def test_only_a_broker_whose_authority_is_believed_is_spoken_to(
    kafka: tuple[KafkaSettings, Path], tmp_path: Path
) -> None:
    settings, authority = kafka
    assert await _cluster_id(replace(settings, ca_file=authority))
    _, other = certificate("somebody else")
    (tmp_path / "other.pem").write_bytes(other)
    for unbelieved in (None, tmp_path / "other.pem", tmp_path / "missing.pem", tmp_path):
        with capture_logs() as entries, pytest.raises(LogRefusesError):
            await _cluster_id(replace(settings, ca_file=unbelieved))
        assert {entry["event"] for entry in entries} >= {"log.refused"}
    with pytest.raises(LogRefusesError):
        await _cluster_id(replace(settings, ca_file=authority, password="word"))
