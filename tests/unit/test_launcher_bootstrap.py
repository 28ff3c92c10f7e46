"""The bootstrap script: which groups, which uv, which settings, and its one-line refusals."""

import importlib.util
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "leadflow"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, on a checkout of its own."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("bootstrap", str(SCRIPT))
    spec = importlib.util.spec_from_loader("bootstrap", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    for name in ("ROOT", "ENVIRONMENT", "BOOTSTRAP", "PYTHON", "STAMP", "PINNED_UV"):
        moved = tmp_path / getattr(module, name).relative_to(SCRIPT.parent)
        monkeypatch.setattr(module, name, moved)
    (tmp_path / "uv.lock").write_text("locked")
    return module


def test_it_is_executable_and_needs_no_package() -> None:
    assert os.access(SCRIPT, os.X_OK)
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"compile(open({str(SCRIPT)!r}).read(), 'x', 'exec')"],
        check=False,
    )
    assert answer.returncode == 0


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        ([], set()),
        (["up"], set()),
        (["up", "--kafka"], {"kafka-broker"}),
        (["test", "-k", "x"], {"dev", "kafka-broker"}),
    ],
)
def test_each_command_brings_the_groups_it_needs(
    bootstrap: ModuleType, words: list[str], groups: set[str]
) -> None:
    assert bootstrap.groups_for(words) == groups


def test_uv_is_looked_for_on_path_then_in_its_own_folder(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    working: set[str] = set()

    def run(command: list[str], _environment: dict[str, str]) -> tuple[bool, str]:
        return str(command[0]) in working and command[1] == "--version", "No module named pip"

    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: "/shims/uv")
    with pytest.raises(SystemExit, match=r"uv could not be fetched.*python3-venv"):
        bootstrap.find_uv({})
    own = str(bootstrap.BOOTSTRAP / "venv" / "bin" / "uv")
    working.add(own)
    assert bootstrap.find_uv({}) == own
    working.add("/shims/uv")
    assert bootstrap.find_uv({}) == "/shims/uv"


def test_without_venv_uv_comes_by_pip_into_a_folder(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = bootstrap.BOOTSTRAP / "target"

    def run(command: list[str], _environment: dict[str, str]) -> tuple[bool, str]:
        if "--target" in command:
            assert command[-3:] == ["--require-hashes", "--requirement", bootstrap.PINNED_UV]
            (target / "bin").mkdir(parents=True)
            (target / "bin" / "uv").touch()
            return True, ""
        return False, "ensurepip is not available"

    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    assert bootstrap.find_uv({}) == str(target / "bin" / "uv")


def test_settings_made_for_pip_count_and_no_home_is_needed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    foreign = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    for name in foreign:
        monkeypatch.setenv(name, "/somewhere/else")
    environment = bootstrap.tool_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environment["UV_CACHE_DIR"] == str(bootstrap.BOOTSTRAP / "uv-cache")
    assert not environment.keys() & set(foreign)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert bootstrap.tool_environment()["UV_DEFAULT_INDEX"] == "https://own.example/simple"


def test_a_checkout_that_cannot_be_written_is_one_line(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.os, "access", lambda *_: False)
    with pytest.raises(SystemExit, match="is not writable for you"):
        bootstrap.sync(set())


def test_the_lock_is_brought_once_and_groups_are_never_lost(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[str]] = []

    def run(command: list[str], _environment: object, *, quiet: bool = True) -> tuple[bool, str]:
        synced.append([str(word) for word in command])
        bootstrap.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.PYTHON.touch()
        return True, ""

    became: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap, "find_uv", lambda _: "uv")
    monkeypatch.setattr(bootstrap.os, "execve", lambda _, words, __: became.append(words))
    for words in (["test"], ["up"], ["up", "--kafka"]):
        monkeypatch.setattr(sys, "argv", ["leadflow", *words])
        bootstrap.main()
    assert len(synced) == 1
    assert "kafka-broker" in synced[0]
    (bootstrap.ROOT / "uv.lock").write_text("locked anew")
    monkeypatch.setattr(sys, "argv", ["leadflow", "up"])
    bootstrap.main()
    assert len(synced) == 2
    assert {"dev", "kafka-broker"} <= set(synced[1])
    assert became[-1][-3:] == ["-m", "deploy.embedded", "up"]
