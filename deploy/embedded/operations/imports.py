"""`leadflow import FILE`: a table into a source, with its progress and the rows at fault."""

import argparse
import json
import time
from typing import Any, Final

import httpx

from deploy.embedded.operations.api import intake_client, json_of
from deploy.embedded.options import say
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder

LOOK_SECONDS: Final = 0.5
_ENDS: Final = frozenset({"done", "failed", "cancelled"})
_SHOWN_FAULTS: Final = 20


def run(folder: Folder, options: argparse.Namespace) -> int:
    """0 if every row gave an inquiry, else 1. Raises LauncherError."""
    body = {
        "source": options.source,
        "name": options.file.name,
        "dry_run": options.dry_run,
        "columns": _pairs(options.map),
        "constants": _pairs(options.set),
        "sheet": options.sheet,
        "encoding": options.encoding,
    }
    content = options.file.read_bytes()
    with intake_client(folder, options.url) as client:
        job = json_of(client, "POST", "/v1/imports", json=body)
        path = f"/v1/imports/{job['import_id']}"
        params = {"again": "true"} if options.again else {}
        json_of(client, "PUT", f"{path}/file", content=content, params=params)
        return _report(client, path, _awaited(client, path))


def _awaited(client: httpx.Client, path: str) -> dict[str, Any]:
    """The import once it has ended; what it does meanwhile is said now and then."""
    last = ""
    while True:
        job: dict[str, Any] = json_of(client, "GET", path)
        line = "queued" if job["rows"] is None else f"{job['rows_done']} of {job['rows']} rows"
        if line != last:
            say(line)
            last = line
        if job["state"] in _ENDS:
            return job
        time.sleep(LOOK_SECONDS)


def _report(client: httpx.Client, path: str, job: dict[str, Any]) -> int:
    if job["state"] == "failed":
        raise LauncherError(f"nothing more is imported: {job['failure']}")
    if job["preview"]:
        print(json.dumps(job["preview"], ensure_ascii=False, indent=2))
    if job["rows_at_fault"]:
        faults = client.get(f"{path}/faults.csv").text.lstrip("\ufeff").splitlines()
        print("\n".join(faults[: _SHOWN_FAULTS + 1]))
        number = job["rows_at_fault"]
        print(f"{number} rows at fault, all of them: {client.base_url}{path}/faults.csv")
    return 1 if job["rows_at_fault"] or job["state"] == "cancelled" else 0


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = [word.rpartition("=") for word in words]
    for name, _, value in pairs:
        if not name or not value:
            raise LauncherError(f"{name or value}: NAME=VALUE is expected")
    return {name: value for name, _, value in pairs}
