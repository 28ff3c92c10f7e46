"""The compose file is lawful and whole: all it names exists, is pinned, watched and powerless."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.contract.compose_file import (
    COMPOSE,
    ROOT,
    SERVICES,
    environment_file,
    load,
    needed_variables,
    used_variables,
)

ONE_SHOT = {
    "keys",
    "kafka-access",
    "token",
    "rotate-sealing",
    *(f"{name}-migrate" for name in SERVICES),
}
PARTS = [(name, part) for name in SERVICES for part in ("migrate", "api", "worker")]
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?(@sha256:[0-9a-f]{64})?")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return load()


def _mounted(compose: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, service in compose["services"].items():
        for volume in service.get("volumes", ()):
            yield name, volume.split(":")[0]


def test_the_file_has_the_shape_that_the_specification_allows(compose: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests/contract/compose.schema.json").read_text())

    Draft202012Validator(schema).validate(compose)


def test_no_key_is_written_twice() -> None:
    pairs = list(_written_pairs(yaml.compose(COMPOSE.read_text(), Loader=yaml.SafeLoader)))

    assert len(pairs) > 100


def _written_pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        assert len(names) == len(set(names)), f"twice: {names}"
        for key, value in node.value:
            yield key.value, value
            yield from _written_pairs(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _written_pairs(value)


def test_what_services_refer_to_exists(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("networks", ())) <= compose["networks"].keys(), name
        for other, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][other], f"{name} → {other}"
            if wait["condition"] == "service_completed_successfully":
                assert other in ONE_SHOT, f"{name} → {other}"
    for name, source in _mounted(compose):
        if source.startswith("."):
            assert (ROOT / source).exists(), f"{name} mounts {source}"
        else:
            assert source in compose["volumes"], f"{name} mounts {source}"
    assert {source for _, source in _mounted(compose)} >= compose["volumes"].keys()
    for service in compose["services"].values():
        for path in service.get("env_file", ()):
            assert (ROOT / path).is_file()


def test_scripts_that_are_mounted_or_copied_can_be_read_by_anybody(compose: dict[str, Any]) -> None:
    for _, source in _mounted(compose):
        if source.startswith("."):
            for path in [ROOT / source, *(ROOT / source).rglob("*")]:
                assert path.stat().st_mode & 0o004, path


def test_images_are_pinned(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert PINNED.fullmatch(service["image"]), f"{name}: {service['image']}"
    built = [service for service in compose["services"].values() if "build" in service]
    assert len({service["image"] for service in built}) == 1
    assert len(built) == len(PARTS) + 5
    for line in (ROOT / "deploy/docker/Dockerfile").read_text().splitlines():
        if line.startswith("FROM "):
            assert PINNED.fullmatch(line.split()[1]), line


def test_whatever_runs_long_is_watched_and_comes_back(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name in ONE_SHOT:
            assert service["restart"] in {"no", "on-failure:5"}
        else:
            assert "healthcheck" in service, name
            assert service["restart"] == "unless-stopped", name


def test_our_processes_run_without_power(compose: dict[str, Any]) -> None:
    ours = [service for service in compose["services"].values() if "build" in service]
    for service in ours:
        assert service["user"] == "10001:10001"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"] == ["/tmp"]
        assert "ports" not in service
    for name in ("postgres", "kafka"):
        assert "ports" not in compose["services"][name]


def test_what_signs_and_what_seals_reaches_whom_it_must(compose: dict[str, Any]) -> None:
    holders: dict[str, set[str]] = {}
    for name, volume in _mounted(compose):
        holders.setdefault(volume, set()).add(name)
    assert holders["mint"] == {"keys", "mint", "token"}
    for name in holders["mint"]:
        assert compose["services"][name]["network_mode"] == "none"
    assert holders["sealing"] == {
        *("keys", "rotate-sealing", "intake-api", "intake-worker"),
        *("routing-api", "routing-worker", "kpi-api", "kpi-worker"),
    }
    for name, service in compose["services"].items():
        if "command" in service and "services." in str(service["command"]):
            assert all(volume.endswith(":ro") for volume in service.get("volumes", ())), name


def test_only_the_gateway_can_be_reached_from_other_machines(compose: dict[str, Any]) -> None:
    open_to_all = {
        name
        for name, service in compose["services"].items()
        if any(not port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    }

    assert open_to_all == {"gateway"}


def test_the_example_environment_names_what_is_used_and_holds_no_secret() -> None:
    example = environment_file(ROOT / ".env.example")

    assert example.keys() == used_variables()
    assert {name for name, value in example.items() if not value} == needed_variables()
    with pytest.raises(KeyError):
        load(dict.fromkeys(needed_variables(), ""))
