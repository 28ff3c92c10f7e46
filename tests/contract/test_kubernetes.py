"""The manifests for many machines say what compose says: commands, variables, no power."""

import importlib
from functools import cache
from typing import Any

import pytest
import yaml

from tests.contract.compose_file import ROOT, SERVICES, load, processes
from tests.support.settings_names import variables_of

DEPLOY = ROOT / "deploy"
Manifest = dict[str, Any]


def _kustomization() -> Manifest:
    found: Manifest = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())
    return found


@cache
def _manifests() -> list[Manifest]:
    return [
        manifest
        for path in _kustomization()["resources"]
        for manifest in yaml.load_all((DEPLOY / path).read_text(), Loader=yaml.CSafeLoader)
    ]


def _named(kind: str) -> dict[str, Manifest]:
    return {
        manifest["metadata"]["name"]: manifest
        for manifest in _manifests()
        if manifest["kind"] == kind
    }


def _pods() -> dict[str, Manifest]:
    return {
        name: manifest["spec"]["template"]["spec"]
        for kind in ("Deployment", "Job")
        for name, manifest in _named(kind).items()
    }


def _container(name: str) -> Manifest:
    (found,) = _pods()[name]["containers"]
    container: Manifest = found
    return container


def test_the_kustomization_lists_every_file_and_each_exists() -> None:
    kustomization = _kustomization()

    listed = set(kustomization["resources"])
    assert listed == {f"kubernetes/{path.name}" for path in (DEPLOY / "kubernetes").iterdir()}
    for generator in kustomization["configMapGenerator"]:
        assert all((DEPLOY / path).is_file() for path in generator["files"])
    names = [(one["kind"], one["metadata"]["name"]) for one in _manifests()]
    assert len(names) == len(set(names))


def test_every_service_is_whole() -> None:
    assert _named("Deployment").keys() == {
        "gateway",
        *(f"{name}-{part}" for name in SERVICES for part in ("api", "worker")),
    }
    assert _named("Job").keys() == {"kafka-access", *(f"{name}-migrate" for name in SERVICES)}
    assert _named("Service").keys() == {"gateway", *(f"{name}-api" for name in SERVICES)}


@pytest.mark.parametrize("part", ["migrate", "api", "worker"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_process_is_the_one_that_compose_starts(service: str, part: str) -> None:
    ours = processes(load())[service, part]
    container = _container(f"{service}-{part}")

    assert container["command"] == ours["command"]
    assert container["image"] == ours["image"]
    shared: dict[str, str] = {}
    for source in container["envFrom"]:
        shared |= _named("ConfigMap")[source["configMapRef"]["name"]]["data"]
    own = {entry["name"] for entry in container["env"]}
    given = shared.keys() | own
    prefix = service.upper()
    proof = {f"{prefix}_KAFKA_USER", f"{prefix}_KAFKA_PASSWORD"} if part == "worker" else set()
    mail = {"KPI_SMTP_URL"} if service == "kpi" and part in {"api", "worker"} else set()
    assert own == {f"{prefix}_DATABASE_URL", *proof, *mail}
    assert given >= ours["environment"].keys()
    settings = importlib.import_module(f"services.{service}.settings").Settings
    others = {
        variable
        for name in ("intake", "routing", "kpi")  # which alone have settings of their own there
        for variable in variables_of(importlib.import_module(f"services.{name}.settings").Settings)
    }
    assert given <= variables_of(settings) | others
    assert _secrets(container) == {
        f"{prefix}_DATABASE_URL": (f"{service}-database", "url"),
        **({f"{prefix}_KAFKA_PASSWORD": (f"{service}-kafka", "password")} if proof else {}),
        **dict.fromkeys(mail, ("kpi-mail", "url")),
    }


def _secrets(container: Manifest) -> dict[str, tuple[str, str]]:
    """Variable → name and key of the secret that it comes from."""
    references = {
        entry["name"]: entry["valueFrom"]["secretKeyRef"]
        for entry in container["env"]
        if "valueFrom" in entry
    }
    return {name: (found["name"], found["key"]) for name, found in references.items()}


def test_nobody_runs_with_power() -> None:
    for name, pod in _pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["automountServiceAccountToken"] is False
        # Else a service called `kafka` would put variables of its own into our environment.
        assert pod["enableServiceLinks"] is False
        own = _container(name)["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["readOnlyRootFilesystem"] is True
        assert own["capabilities"]["drop"] == ["ALL"]
        assert _container(name)["resources"]["limits"]["memory"]


def test_probes_ask_what_they_should() -> None:
    for name in _named("Deployment"):
        container = _container(name)
        (port,) = container["ports"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"]["port"] == port["name"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
        if name != "gateway":
            assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
            assert str(port["containerPort"]) == container["command"][-1]


def test_selectors_find_their_pods_and_mounts_their_volumes() -> None:
    deployments = _named("Deployment")
    for name, manifest in deployments.items():
        labels = manifest["spec"]["template"]["metadata"]["labels"]
        assert manifest["spec"]["selector"]["matchLabels"].items() <= labels.items(), name
    for name, service in _named("Service").items():
        labels = deployments[name]["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()
    for name, pod in _pods().items():
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for mount in _container(name)["volumeMounts"]} == volumes


def test_one_url_leads_to_the_gateway_and_is_the_public_one() -> None:
    ingress = _named("Ingress")["leadflow"]["spec"]
    (rule,) = ingress["rules"]
    (path,) = rule["http"]["paths"]

    assert path["path"] == "/"
    assert path["backend"]["service"] == {"name": "gateway", "port": {"name": "http"}}
    assert ingress["tls"][0]["hosts"] == [rule["host"]]
    public = _named("ConfigMap")["leadflow"]["data"]["LEADFLOW_PUBLIC_URL"]
    assert public == f"https://{rule['host']}"
    compose = load()["services"]["gateway"]
    assert _container("gateway")["image"] == compose["image"]
    assert _container("gateway")["command"] == compose["command"]
    files = {path.rsplit("/", 1)[1] for path in _kustomization()["configMapGenerator"][0]["files"]}
    mounts = _container("gateway")["volumeMounts"]
    assert {mount["subPath"] for mount in mounts if "subPath" in mount} == files


def test_no_secret_lies_in_the_manifests() -> None:
    assert _named("Secret") == {}
    for name in _named("ConfigMap"):
        assert "PASSWORD" not in str(_named("ConfigMap")[name])
        assert "DATABASE_URL" not in str(_named("ConfigMap")[name])
