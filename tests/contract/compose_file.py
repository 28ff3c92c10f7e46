"""The compose file as the tests read it: variables replaced the way `docker compose` does it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SERVICES = ("intake", "routing", "history", "kpi")
# ${NAME}, ${NAME:-default} and ${NAME:?message}: the only forms the file may use.
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\}")


def replaced(text: str, variables: Mapping[str, str]) -> str:
    """Raises KeyError for a variable that must be set and is not."""

    def value(found: re.Match[str]) -> str:
        given = variables.get(found["name"], "")
        if not given and found["kind"] != "-":
            raise KeyError(found["name"])
        return given or found["word"]

    return VARIABLE.sub(value, text)


def needed_variables() -> set[str]:
    """The variables without which the file is refused."""
    return {
        found["name"] for found in VARIABLE.finditer(COMPOSE.read_text()) if found["kind"] != "-"
    }


def used_variables() -> set[str]:
    return {found["name"] for found in VARIABLE.finditer(COMPOSE.read_text())}


def load(variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with every needed variable set to `word-of-NAME` unless given."""
    made = {name: f"word-of-{name.lower()}" for name in needed_variables()}
    text = replaced(COMPOSE.read_text(encoding="utf-8"), {**made, **(variables or {})})
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def processes(compose: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """(service, migrate | api | worker) → its definition."""
    return {
        (name, part): compose["services"][f"{name}-{part}"]
        for name in SERVICES
        for part in ("migrate", "api", "worker")
    }


def environment_file(path: Path) -> dict[str, str]:
    """NAME=value lines; comments and empty lines aside."""
    lines = path.read_text(encoding="utf-8").splitlines()
    split = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in split}
