"""Who shares a network in compose: databases and the log with those that use them, and nobody."""

import re
from typing import Any

import pytest
import yaml

from tests.contract.compose_file import ROOT, SERVICES, load, processes
from tests.contract.test_network_policies import _opens_the_log

APIS = {f"{name}-api" for name in SERVICES}
WORKERS = {f"{name}-worker" for name in SERVICES}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return load()


@pytest.fixture(scope="module")
def members(compose: dict[str, Any]) -> dict[str, set[str]]:
    """Network → the services in it."""
    return {
        network: {
            name
            for name, service in compose["services"].items()
            if network in service.get("networks", ())
        }
        for network in compose["networks"]
    }


def test_every_service_says_where_it_is(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        # Without a word it would be in a network that all share.
        assert service.get("network_mode") == "none" or service["networks"], name
    assert "default" not in compose["networks"]


def test_the_databases_are_reached_by_those_that_have_an_address_of_one(
    compose: dict[str, Any], members: dict[str, set[str]]
) -> None:
    users = {
        name
        for name, service in compose["services"].items()
        if any(variable.endswith("_DATABASE_URL") for variable in service.get("environment", ()))
    }
    assert members["database"] == users | {"postgres"}
    assert compose["services"]["postgres"]["networks"] == ["database"]


def test_the_log_is_reached_by_those_that_open_it(
    compose: dict[str, Any], members: dict[str, set[str]]
) -> None:
    users = {f"{name}-{part}" for name, part in processes(compose) if _opens_the_log(name, part)}
    assert users == WORKERS
    assert members["log"] == users | {"kafka", "kafka-access"}
    assert compose["services"]["kafka"]["networks"] == ["log"]


def test_the_gateway_reaches_the_doors_and_nothing_behind_them(
    compose: dict[str, Any], members: dict[str, set[str]]
) -> None:
    caddyfile = (ROOT / "deploy/gateway/Caddyfile").read_text()
    upstreams = set(re.findall(r"\{\$\w+_UPSTREAM:([a-z-]+):\d+\}", caddyfile))
    assert upstreams == APIS
    assert set(compose["services"]["gateway"]["networks"]) == {"outside", "front"}
    assert members["front"] == upstreams | {"gateway"}
    assert members["outside"] == {"gateway"}


def test_inside_are_those_that_ask_and_those_that_are_asked(
    compose: dict[str, Any], members: dict[str, set[str]]
) -> None:
    asking = {
        name
        for name, service in compose["services"].items()
        if "LEADFLOW_INTAKE_URL" in service.get("environment", ())
    }
    jobs = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    scraped = {
        target.partition(":")[0]
        for job in jobs["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert asking == WORKERS | {"intake-api"}
    assert members["inside"] == asking | APIS | scraped | {"prometheus"}
    assert members["watch"] == {"prometheus", "grafana"}


def test_only_what_is_reached_from_this_machine_has_a_way_out(compose: dict[str, Any]) -> None:
    open_networks = {name for name, network in compose["networks"].items() if network == {}}
    closed = {
        name for name, network in compose["networks"].items() if network == {"internal": True}
    }
    assert open_networks | closed == compose["networks"].keys()
    for name, service in compose["services"].items():
        reaches_out = bool(open_networks & set(service.get("networks", ())))
        fetches = "LEADFLOW_FETCH_HOSTS" in service.get("environment", ())
        sends = name in {"routing-worker", "kpi-worker"}
        assert reaches_out == ("ports" in service or fetches or sends), name


def test_what_fetches_from_providers_has_a_way_to_them(
    compose: dict[str, Any], members: dict[str, set[str]]
) -> None:
    fetching = {
        name
        for name, service in compose["services"].items()
        if "LEADFLOW_FETCH_HOSTS" in service.get("environment", ())
    }
    assert members["providers"] == fetching == {"intake-api", "intake-worker"}


def test_what_sends_webhooks_has_a_way_to_their_receivers(members: dict[str, set[str]]) -> None:
    assert members["receivers"] == {"routing-worker", "kpi-worker"}
