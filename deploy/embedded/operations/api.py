"""The API of a running Leadflow as commands call it: an admin's token, refusals as one line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder, is_running, read_status

TIMEOUT_SECONDS: Final = 30.0


@contextmanager
def intake_client(folder: Folder, url: str | None) -> Iterator[httpx.Client]:
    """A client of intake. Raises LauncherError when the API cannot be reached."""
    with _opened(folder, url) as client:
        try:
            yield client
        except httpx.HTTPError as error:
            raise LauncherError(
                f"{client.base_url} does not answer ({type(error).__name__})"
            ) from None


def _opened(folder: Folder, url: str | None) -> httpx.Client:
    """A client with the admin's token: LEADFLOW_TOKEN, else that of the folder."""
    root = url or os.environ.get("LEADFLOW_URL", "")
    if not root:
        if not is_running(folder):
            raise LauncherError(f"nothing runs on {folder.path}: ./leadflow up, or name --url")
        root = read_status(folder)["url"]
    token = os.environ.get("LEADFLOW_TOKEN", "")
    if not token:
        try:
            token = folder.admin_token.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise LauncherError(
                f"{folder.admin_token} is missing: set LEADFLOW_TOKEN to an admin's token"
            ) from None
    return httpx.Client(
        base_url=root.rstrip("/") + "/intake",
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
        trust_env=not root.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]")),
    )


def json_of(client: httpx.Client, method: str, path: str, **parts: Any) -> Any:
    """The JSON of a 2xx. Raises LauncherError with what the problem document says."""
    answer = client.request(method, path, **parts)
    try:
        document = answer.json()
    except ValueError:
        raise LauncherError(
            f"{answer.status_code} from {answer.url} is no answer of Leadflow"
        ) from None
    if answer.is_success:
        return document
    faults = [f"{fault['pointer']} {fault['detail']}" for fault in document.get("errors") or ()]
    detail = document.get("detail") or document.get("title") or str(answer.status_code)
    raise LauncherError("; ".join([detail, *faults]))
