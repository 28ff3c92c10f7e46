"""The uv that the bootstrap fetches: one version, by hash, whatever an index or a mirror offers."""

import hashlib
import os
import re
import subprocess
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from deploy.embedded.processes.machine import free_port
from tests.unit.test_launcher_bootstrap import SCRIPT, bootstrap

__all__ = ["bootstrap"]
ROOT = SCRIPT.parent
PINNED = ROOT / "deploy/embedded/uv.requirements.txt"
WHEEL = "uv-0.0.1-py3-none-any.whl"


@pytest.fixture
def mirror(tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with one wheel that holds a program called uv, and the requirements that pin it."""
    wheel = tmp_path / "mirror" / WHEEL
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        program = zipfile.ZipInfo("uv-0.0.1.data/scripts/uv")
        program.external_attr = 0o100755 << 16
        archive.writestr(program, "#!/bin/sh\necho uv 0.0.1\n")
        folder = "uv-0.0.1.dist-info"
        archive.writestr(f"{folder}/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 0.0.1\n")
        archive.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{folder}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    bootstrap.PINNED_UV.parent.mkdir(parents=True)
    bootstrap.PINNED_UV.write_text(f"--only-binary :all:\nuv==0.0.1 --hash=sha256:{digest}\n")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    return wheel


def _environment(mirror: Path) -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(mirror.parent), "PIP_NO_CACHE_DIR": "1"}


def test_what_the_mirror_has_by_its_hash_is_installed_either_way(
    bootstrap: ModuleType, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = _environment(mirror)
    in_venv = bootstrap.find_uv(environment)
    assert in_venv == str(bootstrap.BOOTSTRAP / "venv/bin/uv")
    # A machine without the module venv, but with pip: that of the first way has one.
    with_pip = bootstrap.BOOTSTRAP / "venv/bin/python"
    monkeypatch.setattr(bootstrap.sys, "executable", str(with_pip))
    monkeypatch.setattr(bootstrap, "BOOTSTRAP", tmp_path / "other")
    run = bootstrap.run
    monkeypatch.setattr(
        bootstrap,
        "run",
        lambda command, given: (False, "") if "venv" in command else run(command, given),
    )
    in_target = bootstrap.find_uv(environment)
    assert in_target == str(tmp_path / "other/target/bin/uv")
    for uv in (in_venv, in_target):
        assert subprocess.run([uv], capture_output=True, check=True).stdout == b"uv 0.0.1\n"


def test_an_index_that_cannot_be_reached_is_not_taken_for_an_empty_one(
    bootstrap: ModuleType, mirror: Path
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/simple/"
    environment = {"PIP_INDEX_URL": nobody, "PIP_RETRIES": "1", "PIP_CONFIG_FILE": os.devnull}
    with pytest.raises(SystemExit, match="the index could not be reached") as refusal:
        bootstrap.find_uv(environment)
    assert "refused" in str(refusal.value)


def test_what_was_tampered_with_is_refused_in_one_line(bootstrap: ModuleType, mirror: Path) -> None:
    with zipfile.ZipFile(mirror, "a") as archive:
        archive.writestr("extra.pth", "import os")

    with pytest.raises(SystemExit, match="DO NOT MATCH THE HASHES") as refusal:
        bootstrap.find_uv(_environment(mirror))

    assert len(str(refusal.value).splitlines()) == 1
    assert not (bootstrap.BOOTSTRAP / "venv/bin/uv").exists()


def test_the_pinned_one_is_that_of_the_image_and_only_wheels_count() -> None:
    lines = [line for line in PINNED.read_text().splitlines() if not line.startswith("#")]
    (version,) = re.findall(r"^uv==(\S+)", "\n".join(lines), re.MULTILINE)

    assert f"FROM ghcr.io/astral-sh/uv:{version}" in (ROOT / "deploy/docker/Dockerfile").read_text()
    assert lines[0] == "--only-binary :all:"
    hashes = [line for line in lines[2:] if line]
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes)
    assert len(hashes) > 10, "one for each platform"
