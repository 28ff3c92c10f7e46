"""Who can reach whom in the cluster is what the manifests show to be needed: no more, no less."""

import re
from typing import Any

import pytest
from yaml import safe_load

from tests.contract.compose_file import ROOT, SERVICES
from tests.contract.policies import Pod, Policies
from tests.contract.test_kubernetes import _manifests, _named

HERE = "leadflow"
UNDECLARED = 9999  # a port that a process might open beside those that it declares
PART_OF = {"app.kubernetes.io/part-of": "leadflow"}
Edges = set[tuple[str, str, int]]


def _template(manifest: dict[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = manifest["spec"]["template"]
    return template


def _workloads() -> dict[str, dict[str, Any]]:
    """Name → pod template of everything that runs."""
    return {
        name: _template(manifest)
        for kind in ("Deployment", "Job")
        for name, manifest in _named(kind).items()
    }


def _ours() -> list[Pod]:
    return [
        Pod(
            name,
            HERE,
            template["metadata"]["labels"],
            (
                UNDECLARED,
                *(
                    port["containerPort"]
                    for container in template["spec"]["containers"]
                    for port in container.get("ports", ())
                ),
            ),
        )
        for name, template in _workloads().items()
    ]


def _others() -> list[Pod]:
    """What stands around Leadflow in a cluster, wanted and unwanted."""
    name = "app.kubernetes.io/name"
    return [
        *(
            Pod(f"{s}-postgres", HERE, {f"leadflow/database-{s}": "true"}, (5432,))
            for s in SERVICES
        ),
        Pod("kafka", HERE, {"leadflow/log": "true"}, (9092, 9093)),
        Pod("names", "kube-system", {"k8s-app": "kube-dns"}, (53,)),
        Pod("ingress", "ingress-nginx", {name: "ingress-nginx"}),
        Pod("prometheus", "monitoring", {name: "prometheus"}, (9090,)),
        Pod("neighbour", HERE, {name: "neighbour"}, (80,)),
        Pod("stranger", "elsewhere", {name: "gateway", **PART_OF}, (80,)),
        Pod("provider", "outside", {}, (80, 443, 465, 587), "93.184.215.14"),
        Pod("metadata", "outside", {}, (80, 443), "169.254.169.254"),
        Pod("impostor", "elsewhere", {name: "prometheus"}, (80,)),
    ]


def _policies() -> Policies:
    return Policies(HERE, list(_named("NetworkPolicy").values()))


def _environment(template: dict[str, Any]) -> dict[str, str]:
    """What the container is given; secrets as empty words."""
    (container,) = template["spec"]["containers"]
    values: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        values |= _named("ConfigMap")[source["configMapRef"]["name"]]["data"]
    return values | {entry["name"]: "" for entry in container.get("env", ())}


def _needed_by(name: str, template: dict[str, Any]) -> Edges:
    """The connections that a process opens, by its variables; the log's is for who opens it."""
    service, _, part = name.partition("-")
    edges: Edges = {(name, "names", 53)}
    for variable, value in _environment(template).items():
        if found := re.fullmatch(r"(\w+)_DATABASE_URL", variable):
            edges.add((name, f"{found[1].lower()}-postgres", 5432))
        if variable == "LEADFLOW_KAFKA" and _opens_the_log(service, part):
            edges.add((name, "kafka", int(value.rpartition(":")[2])))
        if variable == "LEADFLOW_FETCH_HOSTS" and name in {"intake-api", "intake-worker"}:
            edges.add((name, "provider", 443))
        if variable == f"{service.upper()}_WEBHOOKS_TO_PRIVATE" and part == "worker":
            edges.add((name, "provider", 443))
        if variable == "KPI_MAIL_FROM" and name == "kpi-worker":
            edges |= {(name, "provider", 465), (name, "provider", 587)}
        found = re.fullmatch(r"http://([a-z-]+):(\d+)", value)
        if found and found[1] != f"{service}-api" and variable != "LEADFLOW_PUBLIC_URL":
            edges.add((name, found[1], int(found[2])))
    return edges


def _opens_the_log(service: str, part: str) -> bool:
    return part == "worker" or (service, part) == ("kafka", "access")


def _needed() -> Edges:
    edges = {edge for name, pod in _workloads().items() for edge in _needed_by(name, pod)}
    caddyfile = (ROOT / "deploy/gateway/Caddyfile").read_text()
    for upstream, port in re.findall(r"\{\$\w+_UPSTREAM:([a-z-]+):(\d+)\}", caddyfile):
        edges.add(("gateway", upstream, int(port)))
    edges.add(("ingress", "gateway", 8080))
    for name, template in _workloads().items():
        notes = template["metadata"].get("annotations", {})
        if notes.get("prometheus.io/scrape") == "true":
            edges.add(("prometheus", name, int(notes["prometheus.io/port"])))
    return edges


def test_what_is_needed_is_allowed_and_nothing_else() -> None:
    ours = {pod.name for pod in _ours()}
    backing = {f"{name}-postgres" for name in SERVICES} | {"kafka"}
    # A database or a broker may itself call whom it likes: what calls it is what counts.
    allowed = {
        (source, target, port)
        for source, target, port in _policies().edges([*_ours(), *_others()])
        if source in ours or target in ours | backing
    }

    needed = _needed()
    assert needed - allowed == set(), "needed and refused"
    assert allowed - needed == set(), "allowed and needed by nobody"


def test_the_needs_are_those_of_the_design() -> None:
    needed = _needed()
    workers = {f"{name}-worker" for name in SERVICES}
    assert {source for source, target, _ in needed if target == "kafka"} == {
        *workers,
        "kafka-access",
    }
    for name in SERVICES:
        own = {f"{name}-{part}" for part in ("migrate", "api", "worker")}
        assert {source for source, target, _ in needed if target == f"{name}-postgres"} == own
    scraped = {target for source, target, _ in needed if source == "prometheus"}
    assert scraped == workers | {f"{name}-api" for name in SERVICES}
    assert {target for source, target, _ in needed if source == "gateway"} == {
        "names",
        *(f"{name}-api" for name in SERVICES),
    }


@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_everything_of_ours_is_refused_by_default(direction: str) -> None:
    policies = _policies()
    for pod in _ours():
        assert pod.labels.items() >= PART_OF.items(), pod.name
        assert policies.isolated(pod, direction), pod.name
    (default,) = [
        each["spec"]
        for each in policies.policies
        if set(each["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not each["spec"].keys() & {"ingress", "egress"}
    ]
    assert default["podSelector"] == {"matchLabels": PART_OF}


def test_every_policy_selects_somebody_and_says_what_it_allows() -> None:
    pods = [*_ours(), *_others()]
    for policy in _manifests():
        if policy["kind"] != "NetworkPolicy":
            continue
        alone = Policies(HERE, [policy])
        assert policy["apiVersion"] == "networking.k8s.io/v1"
        for direction in policy["spec"]["policyTypes"]:
            assert any(alone.isolated(pod, direction) for pod in pods), policy["metadata"]["name"]
        for rules in ("ingress", "egress"):
            if rules in policy["spec"]:
                assert rules.capitalize() in policy["spec"]["policyTypes"]
                assert all(rule.keys() & {"from", "to"} for rule in policy["spec"][rules])


def test_a_policy_that_is_missing_or_too_wide_is_seen() -> None:
    policies = _policies()
    pods = [*_ours(), *_others()]
    for left_out in policies.policies:
        rest = [policy for policy in policies.policies if policy is not left_out]
        assert Policies(HERE, rest).edges(pods) != policies.edges(pods), left_out["metadata"]
    wide = safe_load("spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{}]}]}")
    assert Policies(HERE, [*policies.policies, wide]).edges(pods) - policies.edges(pods)
