"""The gateway leads to what others are meant to call, and to nothing else of a service."""

import posixpath
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.contract.apps import SERVICES, build_app
from tests.contract.compose_file import ROOT

CADDYFILE = (ROOT / "deploy/gateway/Caddyfile").read_text()
INSIDE = {"/metrics"}
LED_ON = ("/v1/*", "/health/*", "/openapi.json", "/docs", "/docs/*")


def _patterns(service: str) -> list[str]:
    """What the one matcher in front of the proxy lets through."""
    (words,) = re.findall(r"^\t@\{args\[0\]\} path (.+)$", CADDYFILE, re.MULTILINE)
    return [word.replace("{args[0]}", service) for word in words.split()]


def _routed(target: str, service: str) -> bool:
    """Caddy's `path` compares the decoded, cleaned path without regard to case."""
    path = posixpath.normpath(re.sub("/+", "/", unquote(target))).lower()
    assert all("*" not in pattern.removesuffix("/*") for pattern in _patterns(service))
    return any(
        path.startswith(pattern[:-1]) if pattern.endswith("/*") else path == pattern
        for pattern in _patterns(service)
    )


@pytest.mark.parametrize("service", SERVICES)
def test_all_of_a_service_is_routed_but_what_is_for_inside(service: str, tmp_path: Path) -> None:
    app: Any = build_app(service, keys=tmp_path / "keys-are-not-read.json")
    # The pages about the API stand among the routes, not in their own document.
    pages = {route.path for route in app.routes if getattr(route, "path", None)}
    paths = pages | set(app.openapi()["paths"])

    assert len(paths) > 10
    assert {path for path in paths if not _routed(f"/{service}{path}", service)} == INSIDE


@pytest.mark.parametrize("path", sorted(INSIDE))
def test_no_other_spelling_leads_inside(path: str) -> None:
    for spelling in (
        f"/intake{path}",
        f"/INTAKE{path.upper()}",
        f"//intake/{path}",
        f"/intake{path}/",
        f"/intake{path}%0A",
        f"/intake{path}?x=/intake/v1/",
        f"/intake/%{ord(path[1]):x}{path[2:]}",
        f"/intake/v1/..{path}",
        f"/intake/docs/..{path}",
        f"/intake/docs{path}/../..{path}",
        f"/intake/openapi.json/..{path}",
        f"/intake/v1/%2e%2e{path}",
        f"/intake/v1/..%2f{path[1:]}",
        f"/intake/health/../.{path}",
        f"/kpi/v1/../../intake{path}",
    ):
        assert not _routed(spelling.partition("?")[0], "intake"), spelling


def test_there_is_no_other_way_to_a_service() -> None:
    assert CADDYFILE.count("reverse_proxy") == 1
    block = CADDYFILE[CADDYFILE.index("(to) {") :]
    head = block[: block.index("reverse_proxy")]
    assert re.findall(r"^\t(?:handle|route|@\S+) .*$", head, re.MULTILINE) == [
        f"\t@{{args[0]}} path {' '.join('/{args[0]}' + path for path in LED_ON)}",
        "\thandle @{args[0]} {",
    ]
