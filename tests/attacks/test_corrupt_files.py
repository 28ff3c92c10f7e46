"""Files of keys that are damaged, replaced or opened to others: one clear line, and code 1."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from deploy.embedded.cli import main
from deploy.embedded.page import front_page
from deploy.embedded.postgres.setup import password
from deploy.embedded.preparation import prepare_secrets
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.processes.machine import free_port
from deploy.embedded.state import Folder
from shared.clock import system_clock
from tests.support.stack import Stack

pytestmark = pytest.mark.attacks
DAMAGED = {
    "empty": b"",
    "cut short": b'{"keys": [',
    "noise": bytes(range(256)),
    "another form": b'{"current": "a", "keys": {"a": {"secret": "c2VjcmV0", "created_at": ""}}}',
    "nothing in it": b"{}",
    "a list": b"[]",
    "a tunnel": b"[" * 100_000,
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "state")
    made.path.mkdir(mode=0o700)
    prepare_secrets(made, clock=system_clock)
    return made


def said(capsys: pytest.CaptureFixture[str], *words: str, data: Path) -> str:
    """What a command says when it refuses: one line."""
    assert main([*words, "--data", str(data)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("leadflow: ")
    return lines[0]


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_signing_keys_are_one_line(
    folder: Folder, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    folder.keys.write_bytes(DAMAGED[damage])
    for words in (["token", "--role", "ops"], ["token", "rotate"], ["token", "revoke", "x.y.z"]):
        assert "keys.json" in said(capsys, *words, data=folder.path)
    folder.postgres.mkdir()
    assert "keys.json" in said(capsys, "backup", str(folder.path / "f"), data=folder.path)
    assert not (folder.path / "f").exists()


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_lists_and_sealing_keys_are_one_line(
    folder: Folder, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    folder.mint.minted.write_bytes(DAMAGED[damage])
    assert "minted-tokens.json" in said(capsys, "token", "list", data=folder.path)
    folder.sealing_keys.write_bytes(DAMAGED[damage])
    assert "sealing-keys.json" in said(capsys, "rotate-sealing", data=folder.path)


def test_a_folder_where_a_file_should_be_is_one_line(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.admin_token.unlink()
    folder.admin_token.mkdir()
    (folder.admin_token / "x").touch()
    assert "admin.token" in said(capsys, "token", "rotate", data=folder.path)
    folder.keys.unlink()
    folder.keys.mkdir()
    assert "keys.json" in said(capsys, "token", "list", data=folder.path)


def test_keys_that_others_may_read_are_not_used(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.keys.chmod(0o644)
    assert "chmod 600" in said(capsys, "token", "--role", "ops", data=folder.path)
    folder.keys.chmod(0o600)
    folder.mint.public.chmod(0o666)
    assert "chmod go-w" in said(capsys, "token", "list", data=folder.path)


def test_the_doctor_says_what_is_wrong(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    port = str(free_port())
    main(["doctor", "--port", port, "--data", str(folder.path)])
    assert "ok    keys" in capsys.readouterr().out
    folder.keys.write_text("{}")
    assert main(["doctor", "--port", port, "--data", str(folder.path)]) == 1
    assert "FAIL  keys" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"leadflow": '])
def test_damaged_passwords_are_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "passwords.json").write_bytes(content)
    with pytest.raises(LauncherError, match=r"passwords\.json"):
        password(tmp_path, "intake")


@pytest.mark.parametrize("name", ["keys.json", "admin.token", "postgres/passwords.json"])
async def test_up_says_it_in_one_line_and_leaves_nothing_running(tmp_path: Path, name: str) -> None:
    state = tmp_path / "state"
    path = state / name
    path.parent.mkdir(parents=True, mode=0o700)
    if name == "admin.token":
        path.mkdir()
    else:
        path.write_bytes(DAMAGED["another form"])
    stack = Stack(data=state)
    answer = await asyncio.to_thread(stack.call, "up", "--port", str(free_port()), seconds=90)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert Path(name).name in answer.stderr.splitlines()[-1]
    status = await asyncio.to_thread(stack.call, "status", "--json")
    assert json.loads(status.stdout)["processes"] == []


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "TRACE", "PATCH", "OPTIONS", "BREW"])
def test_the_page_takes_get_and_head_alone(method: str) -> None:
    answer = front_page("/", method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.headers["content-type"] == "application/problem+json"
    unknown = front_page("/nothing", method)
    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"
    assert front_page("/", "HEAD").status_code == 200


def test_whoever_writes_keys_leaves_them_private(folder: Folder) -> None:
    before = os.umask(0)
    try:
        main(["token", "rotate", "--revoke", "--data", str(folder.path)])
        main(["rotate-sealing", "--data", str(folder.path)])
    finally:
        os.umask(before)
    for path in (folder.keys, folder.sealing_keys, folder.mint.minted, folder.admin_token):
        assert path.stat().st_mode & 0o077 == 0, path
