"""What the image holds and the small programs it brings: health check, keys and tokens."""

import fnmatch
import http.server
import re
import threading
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.docker import health, keys
from shared.errors import UnauthenticatedError
from shared.ids import new_id
from shared.web.tokens import TokenKeys
from tests.contract.compose_file import ROOT

DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text()
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def _copied() -> list[str]:
    lines = [line.split() for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    return [word.rstrip("/") for line in lines if "--from" not in line[1] for word in line[1:-1]]


def test_what_is_copied_exists_and_reaches_the_build() -> None:
    rules = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]

    for path in _copied():
        assert (ROOT / path).exists(), path
        assert any(fnmatch.fnmatch(path, rule) for rule in rules), path
    assert set(_copied()) == set(rules), "nothing is let in that the image does not hold"


def test_the_image_runs_the_interpreter_of_the_suite_as_nobody_special() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert f"python:{project['tool']['mypy']['python_version']}." in DOCKERFILE
    assert "USER 10001:10001" in DOCKERFILE
    assert "--frozen --no-default-groups" in DOCKERFILE
    assert "ADD " not in DOCKERFILE


def test_what_the_image_installs_is_locked_by_hash() -> None:
    programs = re.findall(r"(?:^RUN|&&) (\S+)", DOCKERFILE, re.MULTILINE)
    assert programs == ["uv", "groupadd", "useradd", "install"], "uv alone fetches, by its lock"
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        if package["source"] == {"virtual": "."}:
            continue
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        assert package["source"].keys() == {"registry"}, package["name"]
        assert files, package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    names = {"LEADFLOW_MINT": "mint", "LEADFLOW_PUBLISHED": "keys", "LEADFLOW_SEALING": "sealing"}
    found = {variable: str(tmp_path / name) for variable, name in names.items()}
    for folder in found.values():
        Path(folder).mkdir()
    assert run(found, "create") == 0
    return found


def run(folders: dict[str, str], *words: str) -> int:
    return keys.main(words, folders=folders, clock=lambda: NOW)


def public(folders: dict[str, str]) -> Path:
    return Path(folders["LEADFLOW_PUBLISHED"]) / "public-keys.json"


def minted(folders: dict[str, str], capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(folders, "token", *words) == 0
    return capsys.readouterr().out.strip()


def test_a_token_is_printed_and_is_good(
    folders: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    manager = new_id()

    token = minted(folders, capsys, "--role", "manager", "--manager", str(manager), "--days", "1")

    assert TokenKeys(public(folders)).read(token, now=NOW).manager_id == manager
    with pytest.raises(UnauthenticatedError):
        TokenKeys(public(folders)).read(token, now=NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--role", "manager"], "a manager's token, and only that, names its manager\n"),
        (["--role", "admin", "--days", "91"], "a token lives above 0 and at most 90 days\n"),
        (["revoke"], "`revoke` and only that names a token, or its id\n"),
        (["revoke", "x.y.z"], "this is no token that is good: there is nothing to end\n"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    folders: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    refusal: str,
) -> None:
    assert run(folders, "token", *words) == 2
    assert capsys.readouterr().err == refusal


def test_creating_twice_keeps_the_keys_and_rotating_by_force_ends_old_tokens(
    folders: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = public(folders).read_text()
    assert run(folders, "create") == 0
    assert public(folders).read_text() == before
    token = minted(folders, capsys, "--role", "admin")

    run(folders, "token", "rotate")
    assert TokenKeys(public(folders)).read(token, now=NOW).role == "admin"

    run(folders, "token", "rotate", "--revoke")
    with pytest.raises(UnauthenticatedError):
        TokenKeys(public(folders)).read(token, now=NOW)


def test_each_folder_holds_only_what_its_readers_may_know(folders: dict[str, str]) -> None:
    assert '"d"' not in public(folders).read_text()
    held = {name: {path.name for path in Path(at).iterdir()} for name, at in folders.items()}
    assert held["LEADFLOW_PUBLISHED"] == {"public-keys.json", "service.token"}
    assert held["LEADFLOW_SEALING"] == {"sealing-keys.json"}
    for path in Path(folders["LEADFLOW_MINT"]).iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert run(folders, "check") == 0


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/ready" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Keep the test's output clean."""


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_health_is_an_answer_of_200_and_nothing_else(address: str) -> None:
    assert health.healthy(f"{address}/health/ready")
    assert not health.healthy(f"{address}/health/live")


def test_nobody_there_is_not_healthy(unused_address: str) -> None:
    assert not health.healthy(unused_address)


@pytest.fixture
def unused_address() -> str:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        port = server.server_port
    return f"http://127.0.0.1:{port}/health/ready"
