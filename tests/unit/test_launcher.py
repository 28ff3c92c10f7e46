"""The launcher's own reasoning: its command line, its folder, its secrets, its company."""

import json
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from deploy.embedded import preparation
from deploy.embedded.cli import main, parser
from deploy.embedded.environment import for_worker
from deploy.embedded.kafka.jars import cache_folder
from deploy.embedded.operations import backup
from deploy.embedded.page import front_page
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.postgres.setup import REASON
from deploy.embedded.preparation import prepare_secrets
from deploy.embedded.processes.children import LauncherError, last_line
from deploy.embedded.processes.machine import free_port, open_door, port_is_free
from deploy.embedded.state import (
    Folder,
    choose_folder,
    is_running,
    read_mode,
    read_status,
    remove,
    take_lock,
    write_state,
)
from shared.migrations import OtherVersionError
from shared.minting import mint
from shared.web.tokens import TokenKeys

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


# -- the command line ----------------------------------------------------------------------


def test_up_by_default_is_embedded_on_8080() -> None:
    chosen = parser().parse_args(["up"])
    assert (chosen.port, chosen.kafka, chosen.sample, chosen.data) == (8080, False, False, None)


def test_a_token_needs_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--role", "admin", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_tokens_are_minted_for_roles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Folder(tmp_path)
    prepare_secrets(folder, clock=lambda: NOW)
    assert main(["token", "--role", "ops", "--data", str(tmp_path)]) == 0
    token = capsys.readouterr().out.strip()
    assert TokenKeys(folder.mint.public).read(token, now=datetime.now(UTC)).role == "ops"  # noqa: TID251
    assert main(["token", "--role", "manager", "--data", str(tmp_path)]) == 1
    assert "manager" in capsys.readouterr().err


# -- the folder ------------------------------------------------------------------------------


def test_the_folder_is_the_named_one_else_the_environments_else_beside_us(tmp_path: Path) -> None:
    given = {"LEADFLOW_DATA": "/from/environment"}
    assert choose_folder("/named", environment=given, root=tmp_path).path == Path("/named")
    assert choose_folder(None, environment=given, root=tmp_path).path == Path("/from/environment")
    assert choose_folder(None, environment={}, root=tmp_path).path == tmp_path / ".leadflow"


def test_a_second_launcher_is_told_where_the_first_is(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "state")
    lock = take_lock(folder)
    write_state(folder, url="http://127.0.0.1:8099", ready=True, processes=[])
    assert is_running(folder)
    with pytest.raises(LauncherError, match=r"already runs .*8099"):
        take_lock(folder)
    lock.release()
    assert not is_running(folder)
    take_lock(folder).release()


def test_status_does_not_repeat_what_a_dead_launcher_saw(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "state")
    lock = take_lock(folder)
    process = {"name": "postgres", "pid": 7, "up_since": NOW.isoformat(), "restarts": 0}
    write_state(folder, url="http://127.0.0.1:1", ready=True, processes=[process])
    assert read_status(folder) == {
        "url": "http://127.0.0.1:1",
        "ready": True,
        "processes": [process],
    }
    lock.release()
    assert read_status(folder) == {"url": "http://127.0.0.1:1", "ready": False, "processes": []}


def test_status_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json", "--data", str(tmp_path / "none")]) == 1
    assert json.loads(capsys.readouterr().out) == {"url": "", "ready": False, "processes": []}


def test_reset_removes_what_is_ours_and_asks_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "state")
    take_lock(folder).release()
    folder.keys.write_text("{}")
    (folder.path / "holiday.jpg").write_text("not ours")
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert main(["reset", "--data", str(folder.path)]) == 1
    assert folder.keys.exists()
    assert main(["reset", "--yes", "--data", str(folder.path)]) == 0
    assert [path.name for path in folder.path.iterdir()] == ["holiday.jpg"]


def test_reset_refuses_a_running_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "state")
    lock = take_lock(folder)
    folder.keys.write_text("{}")
    assert main(["reset", "--yes", "--data", str(folder.path)]) == 1
    assert folder.keys.exists()
    lock.release()
    remove(folder)
    assert not folder.path.exists()


def test_the_mode_of_a_new_folder_is_unknown(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert read_mode(folder) is None
    folder.mode.write_text("kafka\n")
    assert read_mode(folder) == "kafka"


# -- preparation -----------------------------------------------------------------------------


def test_the_admin_token_is_private_kept_and_renewed_with_its_key(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    first = prepare_secrets(folder, clock=lambda: NOW)
    for path in (folder.admin_token, folder.keys, folder.sealing_keys, folder.mint.minted):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert prepare_secrets(folder, clock=lambda: NOW) == first
    mint.rotate(folder.mint, now=NOW, revoke=True)
    assert prepare_secrets(folder, clock=lambda: NOW) != first


def test_a_taken_port_is_one_clear_line() -> None:
    with open_door(free_port()) as door:
        port = door.getsockname()[1]
        assert not port_is_free(port)
        with pytest.raises(LauncherError, match=rf"port {port} is taken.*--port"):
            open_door(port)


def test_a_port_that_is_none_is_one_clear_line() -> None:
    with pytest.raises(LauncherError, match="99999 is not a port"):
        open_door(99999)


def test_a_worker_is_told_the_way_to_its_own_stores_alone() -> None:
    everything = {
        f"{name}_DATABASE_URL": name for name in ("INTAKE", "ROUTING", "HISTORY", "KPI")
    } | {"LEADFLOW_KAFKA": "there"}
    assert for_worker(everything, "kpi", kafka_password="word") == {
        "KPI_DATABASE_URL": "KPI",
        "LEADFLOW_KAFKA": "there",
        "KPI_KAFKA_USER": "kpi",
        "KPI_KAFKA_PASSWORD": "word",
    }


def test_downloads_have_a_place_without_a_home(tmp_path: Path) -> None:
    otherwise = tmp_path / "state"
    assert cache_folder({}, otherwise=otherwise) == otherwise
    assert cache_folder({"HOME": "/nowhere"}, otherwise=otherwise) == otherwise
    home = {"HOME": str(tmp_path)}
    assert cache_folder(home, otherwise=otherwise) == tmp_path / ".cache" / "leadflow"


def test_the_last_line_of_a_log_is_not_a_stack_frame(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("begun\nBindException: in use\n\tat kafka.Server\n\n")
    assert last_line(log) == "BindException: in use"
    assert last_line(tmp_path / "none") == "it printed nothing"


def test_why_a_cluster_could_not_be_made_is_not_that_it_was_tidied_away(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("bootstrap ... FATAL:  No space left on device\ninitdb: removing contents\n")
    assert last_line(log, since=REASON) == "FATAL:  No space left on device"
    log.write_text("begun\nended\n")
    assert last_line(log, since=REASON) == "ended"


async def test_databases_of_another_version_are_told_what_to_do_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(service: str, _url: str) -> None:
        raise OtherVersionError(f"{service}'s tables were made by another version (a.b)")

    monkeypatch.setattr(preparation, "upgrade", refuse)
    cluster = create_autospec(PrivatePostgres, instance=True)
    with pytest.raises(LauncherError, match=r"\(a\.b\).*leadflow backup FILE.*leadflow reset"):
        await preparation.prepare_databases(cluster)


def test_a_stranger_is_not_restored(tmp_path: Path) -> None:
    stranger = tmp_path / "photos.tar"
    with tarfile.open(stranger, "w"):
        pass
    folder = Folder(tmp_path / "state")
    with pytest.raises(LauncherError, match="not a backup"):
        backup.restore(folder, stranger)
    (tmp_path / "noise").write_bytes(b"noise")
    with pytest.raises(LauncherError, match="cannot be read"):
        backup.restore(folder, tmp_path / "noise")
    folder.path.mkdir()
    folder.keys.write_text("{}")
    with pytest.raises(LauncherError, match="not empty"):
        backup.restore(folder, stranger)


# -- the page --------------------------------------------------------------------------------


def test_the_page_speaks_both_languages_and_links_all_services() -> None:
    page = bytes(front_page("/", "GET").body).decode()
    assert 'lang="ru"' in page
    assert 'lang="en"' in page
    for service in ("intake", "routing", "history", "kpi"):
        for target in ("docs", "openapi.json", "health/live", "health/ready"):
            assert page.count(f'href="/{service}/{target}"') == 2
    assert front_page("/else", "GET").status_code == 404
