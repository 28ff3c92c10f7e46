"""What is added for mail fits what it is added to."""

from typing import Any

import yaml

from tests.architecture.tree import ROOT

ADDED = ROOT / "deploy" / "smtp"


def test_the_compose_file_adds_to_services_that_are_there() -> None:
    added = yaml.safe_load((ADDED / "compose.yaml").read_text(encoding="utf-8"))
    whole = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert added["services"].keys() == {"intake-api", "intake-worker"}
    for name, service in added["services"].items():
        assert set(whole["services"][name]["networks"]) < set(service["networks"])
        assert set(service["networks"]) <= whole["networks"].keys()
    port = added["services"]["intake-api"]["environment"]["LEADFLOW_SMTP_ADDRESS"].split(":")[1]
    assert added["services"]["intake-api"]["ports"] == [f"25:{port}"]
    dockerfile = (ROOT / "deploy" / "docker" / "Dockerfile").read_text(encoding="utf-8")
    assert added["services"]["intake-api"]["environment"]["TMPDIR"] in dockerfile


def test_the_manifests_lead_to_the_pods_that_are_there() -> None:
    documents = list(yaml.safe_load_all((ADDED / "kubernetes.yaml").read_text(encoding="utf-8")))
    intake = (ROOT / "deploy" / "kubernetes" / "intake.yaml").read_text(encoding="utf-8")
    pods = {
        document["metadata"]["name"]
        for document in yaml.safe_load_all(intake)
        if document["kind"] == "Deployment"
    }
    assert {_selected(document) for document in documents} == pods
    service, policy, _ = documents
    assert (
        service["spec"]["ports"][0]["targetPort"]
        == (policy["spec"]["ingress"][0]["ports"][0]["port"])
    )


def _selected(document: dict[str, Any]) -> str:
    spec = document["spec"]
    selector = spec.get("selector") or spec["podSelector"]["matchLabels"]
    return str(selector["app.kubernetes.io/name"])
