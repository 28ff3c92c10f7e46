"""Who may do what with the log: what is published, and what compose and Kubernetes ask for."""

import json
import re
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from deploy.docker import kafka
from deploy.embedded.kafka.properties import ADMINISTRATOR, guard
from deploy.kafka.access import USERS, grants
from shared.config import ServiceSettings
from shared.contracts.catalog import TOPICS
from shared.messaging.log.kafka.client import KafkaSettings
from tests.contract.compose_file import ROOT, SERVICES, environment_file, load, processes
from tests.contract.test_kubernetes import _manifests
from tests.support.settings_names import variables_of

PUBLISHED = ROOT / "docs/kafka-access.txt"
SERVICE = {"database_url": "postgresql://x", "keys_file": "/keys", "kafka": "broker:9092"}


def broker_properties(compose: dict[str, Any]) -> dict[str, str]:
    """The broker's configuration, named as its image names it: `___` is a dash, `_` a dot."""
    given = environment_file(ROOT / "deploy/kafka/broker.env") | dict(
        compose["services"]["kafka"]["environment"]
    )
    return {
        name.removeprefix("KAFKA_").lower().replace("___", "-").replace("_", "."): value
        for name, value in given.items()
        if name != "KAFKA_HEAP_OPTS"
    }


def test_the_published_list_is_the_catalogues() -> None:
    assert PUBLISHED.read_text() == "".join(f"{grant.line()}\n" for grant in grants())


def test_it_is_printed_for_clusters_whose_users_are_made_by_other_means(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert kafka.main(["list"]) == 0
    assert capsys.readouterr().out == PUBLISHED.read_text()


def test_each_service_writes_what_it_speaks_and_reads_what_it_hears_or_spoke() -> None:
    assert set(USERS) == set(SERVICES)
    writers = {(grant.user, grant.name) for grant in grants() if grant.operation == "WRITE"}
    readers = {(grant.user, grant.name) for grant in grants() if grant.kind == "TOPIC"}
    assert writers == {(topic.producer, topic.name) for topic in TOPICS}
    assert readers == {
        (user, topic.name) for topic in TOPICS for user in (topic.producer, *topic.consumers)
    }
    for grant in grants():
        if grant.kind == "GROUP":
            assert grant.operation == "READ"
            assert grant.name in {grant.user, f"{grant.user}-own-voice"}
        else:
            assert grant.operation in {"READ", "WRITE"}
        assert re.fullmatch("[a-z-]+", grant.name), "no pattern reaches further than its name"


def test_composes_broker_is_guarded_as_the_embedded_one() -> None:
    properties = broker_properties(load())

    word = "word-of-kafka_password"
    for name, value in guard(word).items():
        assert properties[name] == value, name
    for name in ("listener.security.protocol.map", "listeners", "advertised.listeners"):
        assert "PLAINTEXT:PLAINTEXT" not in properties[name]
        assert ":SSL" not in properties[name]
    listeners = dict(item.split("://") for item in properties["listeners"].split(","))
    assert listeners == {"CLIENTS": ":9092", "CONTROLLER": "127.0.0.1:9093"}
    assert properties["advertised.listeners"] == "CLIENTS://kafka:9092"
    unguarded = {name for name in properties if name.startswith("listener.name.")}
    assert unguarded <= guard(word).keys()


def test_compose_gives_a_password_to_whom_it_belongs() -> None:
    compose = load({f"{name.upper()}_KAFKA_PASSWORD": f"pw-{name}" for name in SERVICES})

    words = {name: f"pw-{name}" for name in SERVICES} | {"admin": "word-of-kafka_password"}
    holders = {
        owner: {
            name
            for name, service in compose["services"].items()
            if word in json.dumps(service.get("environment", {}))
        }
        for owner, word in words.items()
    }
    assert holders == {
        "admin": {"kafka", "kafka-access"},
        **{name: {"kafka-access", f"{name}-worker"} for name in SERVICES},
    }


def test_the_program_that_prepares_the_log_is_told_all_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = load()["services"]["kafka-access"]["environment"]

    assert given.keys() <= variables_of(kafka.Settings)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = kafka.Settings()
    administrator = settings.administrator()
    assert administrator.user == ADMINISTRATOR
    assert administrator.password == "word-of-kafka_password"
    assert administrator.mechanism == "PLAIN"
    assert settings.passwords() == {name: f"word-of-{name}_kafka_password" for name in SERVICES}
    assert "word-of" not in repr(settings) + repr(administrator)


def test_a_setting_that_is_missing_is_named_and_no_secret_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", "hush")
    assert kafka.main(["apply"]) == 2
    said = capsys.readouterr().err
    assert "INTAKE_KAFKA_PASSWORD" in said
    assert "hush" not in said


def test_kubernetes_speaks_to_kafka_over_tls_and_mounts_its_authority() -> None:
    manifests = _manifests()
    config = next(one["data"] for one in manifests if one["metadata"]["name"] == "leadflow")
    assert config["LEADFLOW_KAFKA_TLS"] == "true"
    assert config["LEADFLOW_KAFKA_CA_FILE"] == "/kafka-ca/ca.crt"
    holders = {
        one["metadata"]["name"]
        for one in manifests
        if "mountPath: /kafka-ca" in yaml.safe_dump(one)
    }
    assert holders == {"kafka-access", *(f"{name}-worker" for name in SERVICES)}
    (job,) = (one for one in manifests if one["metadata"]["name"] == "kafka-access")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    compose = load()["services"]["kafka-access"]
    assert container["command"] == compose["command"]
    names = {entry["name"] for entry in container["env"]}
    assert names == {name for name in compose["environment"] if not name.startswith("LEADFLOW_")}


def test_only_workers_hold_a_kafka_password() -> None:
    for (service, part), process in processes(load()).items():
        names = {name for name in process["environment"] if "KAFKA_" in name}
        own = {f"{service.upper()}_KAFKA_USER", f"{service.upper()}_KAFKA_PASSWORD"}
        assert names == (own if part == "worker" else set())


@pytest.mark.parametrize(
    "wrong",
    [{"kafka_user": "kpi"}, {"kafka_password": "word"}, {"kafka_ca_file": "/ca.crt"}],
)
def test_half_a_proof_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="set"):
        ServiceSettings.model_validate(SERVICE | wrong)


def test_a_client_proves_itself_as_it_is_told_and_never_in_the_clear_over_tls() -> None:
    def protocol(**given: Any) -> str:
        found: str = KafkaSettings("broker:9092", **given).connection()["security_protocol"]
        return found

    assert protocol() == "PLAINTEXT"
    assert protocol(tls=True) == "SSL"
    assert protocol(user="kpi", password="word") == "SASL_PLAINTEXT"
    assert protocol(user="kpi", password="word", tls=True) == "SASL_SSL"
    assert "word" not in repr(KafkaSettings("broker:9092", user="kpi", password="word"))
