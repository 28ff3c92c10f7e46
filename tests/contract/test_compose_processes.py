"""The processes that compose starts are ours: settings, commands, probes, scrapes, the gateway."""

import importlib
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.config import ServiceSettings
from tests.contract.compose_file import ROOT, SERVICES, load, processes
from tests.support.settings_names import variables_of

PARTS = [(name, part) for name in SERVICES for part in ("migrate", "api", "worker")]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return load()


def _settings(service: str) -> type[ServiceSettings]:
    found: type[ServiceSettings] = importlib.import_module(f"services.{service}.settings").Settings
    return found


@pytest.mark.parametrize(("service", "part"), PARTS)
def test_every_variable_is_known_to_the_settings_of_its_service(
    service: str, part: str, compose: dict[str, Any]
) -> None:
    given = processes(compose)[service, part]["environment"]

    unknown = given.keys() - variables_of(_settings(service))

    assert unknown == set()
    assert all(name.startswith(("LEADFLOW_", f"{service.upper()}_")) for name in given)


@pytest.mark.parametrize(("service", "part"), PARTS)
def test_the_environment_makes_settings(
    service: str, part: str, compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = processes(compose)[service, part]["environment"]
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = _settings(service)()

    assert settings.kafka == "kafka:9092"
    assert settings.database_url.get_secret_value() == (
        f"postgresql+asyncpg://{service}:word-of-{service}_database_password@postgres:5432/{service}"
    )
    assert settings.keys_file == Path("/keys/public-keys.json")
    assert settings.service_token_file == Path("/keys/service.token")
    proof = settings.kafka_user, settings.kafka_password.get_secret_value()
    assert proof == (
        (service, f"word-of-{service}_kafka_password") if part == "worker" else ("", "")
    )
    asks = part == "worker" or (service, part) == ("intake", "api")
    for other in SERVICES:
        assert settings.service_url(other) == (f"http://{other}-api:8000" if asks else "")
        assert f"{other}-api" in compose["services"]


@pytest.mark.parametrize(("service", "part"), PARTS)
def test_the_command_is_one_that_the_service_knows(
    service: str, part: str, compose: dict[str, Any]
) -> None:
    command = processes(compose)[service, part]["command"]

    assert command[:4] == ["python", "-m", f"services.{service}", part]
    assert (ROOT / "services" / service / "__main__.py").is_file()
    if part == "migrate":
        assert command[4:] == []
    else:
        port = {"api": "8000", "worker": "8001"}[part]
        assert command[4:] == ["--host", "0.0.0.0", "--port", port]
        probe = processes(compose)[service, part]["healthcheck"]["test"]
        assert probe[:4] == ["CMD", "python", "-m", "deploy.docker.health"]
        assert probe[4].startswith(f"http://127.0.0.1:{port}/health/")


def test_a_service_waits_for_its_own_tables_and_never_for_the_log(compose: dict[str, Any]) -> None:
    for (service, part), process in processes(compose).items():
        if part == "migrate":
            assert process["depends_on"] == {"postgres": {"condition": "service_healthy"}}
        else:
            assert process["depends_on"].keys() == {"keys", f"{service}-migrate"}


def test_prometheus_asks_every_process_of_ours(compose: dict[str, Any]) -> None:
    found = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())

    targets = {
        target
        for job in found["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert targets == {
        f"{service}-{part}:{process['command'][-1]}"
        for (service, part), process in processes(compose).items()
        if part != "migrate"
    }
    for job in found["scrape_configs"]:
        assert job.keys() == {"job_name", "static_configs"}
    mount = "./deploy/prometheus/prometheus.yml:/etc/prometheus/prometheus.yml:ro"
    assert mount in compose["services"]["prometheus"]["volumes"]
    assert set(compose["services"]["prometheus"]["networks"]) & set(
        processes(compose)["kpi", "worker"]["networks"]
    )


def test_the_gateway_leads_every_prefix_to_its_door(compose: dict[str, Any]) -> None:
    text = (ROOT / "deploy/gateway/Caddyfile").read_text()

    ways = re.findall(r"^\timport to (\w+) \{\$(\w+):([^}]+)\}$", text, re.MULTILINE)
    assert ways == [(name, f"{name.upper()}_UPSTREAM", f"{name}-api:8000") for name in SERVICES]
    assert {f"{name}-api" for name in SERVICES} <= compose["services"].keys()
    limit = re.search(r"max_size (\d+)MiB", text)
    assert limit
    largest = _settings("intake").model_fields["mail_body_bytes"].default
    assert int(limit[1]) * 1_048_576 >= largest
    site = text[text.index(":8080 {") :]
    assert "\tlog" not in site, "an access log would hold the keys of hooks"
    page = (ROOT / "deploy/gateway/index.html").read_text()
    assert re.findall(r'href="([^"]+)"', page) == [
        f"{name}/{target}" for name in SERVICES for target in ("docs", "health/ready")
    ]
