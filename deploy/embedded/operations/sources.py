"""`leadflow sources list|add|test|rotate|health`: ways in, by the API of a running Leadflow.

A secret is written `NAME=VALUE`, `NAME=@FILE`, or `NAME` alone, which asks for it unseen.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx

from deploy.embedded.operations.api import intake_client, json_of
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder

PAGE: Final = 200
# What the API shows of a source and does not take back.
_SHOWN_ONLY: Final = frozenset(
    {"source_id", "managed_by", "hook_url", "previous_secrets_until", "created_at", "changed_at"}
)


def run(folder: Folder, options: argparse.Namespace) -> int:
    """Raises LauncherError when the API cannot be reached or refuses."""
    with intake_client(folder, options.url) as client:
        return _ACTIONS[options.action](client, options)


def _pages(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        params = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
        document = json_of(client, "GET", path, params=params)
        yield from document["items"]
        cursor = document["next_cursor"]
        if cursor is None:
            return


def _list(client: httpx.Client, options: argparse.Namespace) -> int:
    sources = list(_pages(client, "/v1/sources"))
    if options.json:
        print(json.dumps(sources, ensure_ascii=False, indent=2))
        return 0
    for source in sorted(sources, key=lambda source: source["key"]):
        state = "" if source["enabled"] else "  disabled"
        secrets = ", ".join(sorted(source["secrets"])) or "no secret"
        print(f"{source['key']:<24} {source['adapter']:<20} {secrets}{state}")
        print(f"  {source['hook_url']}")
    return 0


def _add(client: httpx.Client, options: argparse.Namespace) -> int:
    body = {"adapter": options.adapter, **_settings(options.set)}
    if options.key:
        body["key"] = options.key
    if options.secret:
        body["secrets"] = _secrets(options.secret)
    source = json_of(client, "POST", "/v1/sources", json=body)
    print(f"{source['key']} is added. Its hook:\n{source['hook_url']}")
    return 0


def _test(client: httpx.Client, options: argparse.Namespace) -> int:
    """0 if an inquiry, an observed call, a handshake or a document to fetch comes of it, else 1."""
    body: dict[str, Any] = {}
    if options.file is not None:
        try:
            words = options.file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise LauncherError(f"{options.file} is not UTF-8 text") from None
        body["request"] = {"headers": {"content-type": options.content_type}, "body": words}
    if options.submission is not None:
        body["submission_id"] = options.submission
    trial = json_of(client, "POST", f"/v1/sources/{options.source}/try", json=body)
    outcome = {name: value for name, value in trial.items() if value not in (None, [], 0)}
    print(json.dumps(_bare(outcome), ensure_ascii=False, indent=2))
    outcomes = ("inquiries", "observed_calls", "handshake", "fetches")
    return 0 if any(trial[name] for name in outcomes) else 1


def _bare(value: Any) -> Any:
    """A JSON value without what is empty."""
    if isinstance(value, dict):
        members = {name: _bare(item) for name, item in value.items()}
        return {name: item for name, item in members.items() if item not in (None, {}, [])}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _rotate(client: httpx.Client, options: argparse.Namespace) -> int:
    path = f"/v1/sources/{options.source}"
    source = json_of(client, "GET", path)
    body = {name: value for name, value in source.items() if name not in _SHOWN_ONLY}
    # The others come back masked, which keeps them.
    body["secrets"] = {**source["secrets"], **_secrets(options.secret)}
    until = json_of(client, "PUT", path, json=body)["previous_secrets_until"]
    print("the secrets were these already" if until is None else f"the former live until {until}")
    return 0


def _health(client: httpx.Client, options: argparse.Namespace) -> int:
    """0 if no source is silent or refused, else 1."""
    sources = json_of(client, "GET", "/v1/source-health")["items"]
    if options.json:
        print(json.dumps(sources, ensure_ascii=False, indent=2))
    else:
        for source in sorted(sources, key=lambda source: source["key"] or ""):
            print(_health_line(source))
    return 1 if any(source["health"] in {"silent", "refused"} for source in sources) else 0


def _health_line(source: Mapping[str, Any]) -> str:
    last = (source["last_at"] or "never")[:16]
    line = f"{source['key']:<24} {source['health']:<9} last {last}"
    if source["usual_a_week"] is not None:
        line += f", usually {source['usual_a_week']:.1f} a week"
    if source["health"] == "silent":
        line += f", {source['expected_since_last']:.1f} should have come since"
    if source["refusals"]:
        line += f", {source['refusals']} refused since"
    return line


def _secrets(words: list[str]) -> dict[str, str]:
    return dict(_secret(word) for word in words)


def _secret(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals:
        value = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    elif value.startswith("@"):
        value = Path(value[1:]).read_text(encoding="utf-8")
    value = value.strip("\r\n")
    if not name or not value:
        raise LauncherError(f"the secret {name or word} is empty")
    return name, value


def _settings(words: list[str]) -> dict[str, Any]:
    settings = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise LauncherError(f"--set {word}: MEMBER=JSON is expected")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value  # a bare word is a text
    return settings


_ACTIONS: Mapping[str, Callable[[httpx.Client, argparse.Namespace], int]] = MappingProxyType(
    {"list": _list, "add": _add, "test": _test, "rotate": _rotate, "health": _health}
)
