"""A stranger's first minute: clone, one command, a lead; as root in a closed folder, as nobody."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.processes.children import alive
from tests.e2e.main_job import run_main_job
from tests.support.stack import ROOT, Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.git]
NOBODY = 65534
FIRST_START_SECONDS = 240.0  # dependencies may have to be fetched


def clone(target: Path) -> Path:
    """A copy of what is committed and staged here, as `git clone` would give it."""
    subprocess.run(
        ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(target)], check=True
    )
    return target


@pytest.fixture(scope="module")
def downloads() -> Iterator[Path]:
    """What uv has fetched: the homes are empty, but nothing is fetched twice.

    Begins with what this machine's own cache has, if there is one.
    """
    folder = Path(tempfile.mkdtemp(prefix="lf-downloads-"))
    folder.chmod(0o755)
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv")
    if os.access(cache, os.R_OK | os.X_OK):
        subprocess.run(["cp", "-a", "--reflink=auto", f"{cache}/.", str(folder)], check=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lf-closed-"))
    folder.chmod(0o700)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lf-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def give_away(folder: Path) -> None:
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder)], check=True)


async def first_minute(stack: Stack) -> None:
    """Up, the main job, a second `up`, a clean end, nothing left."""
    stack.launch()
    await stack.ready(seconds=FIRST_START_SECONDS)
    pids = stack.pids()
    assert set(pids) == {"postgres"}
    await run_main_job(stack)
    second = stack.call("up", "--port", str(stack.port))
    assert second.returncode != 0
    assert len(second.stdout.strip().splitlines() + second.stderr.strip().splitlines()) <= 2
    assert "already" in (second.stdout + second.stderr).lower()
    assert stack.stop(number=signal.SIGINT) == 0

    async def gone() -> bool:
        return not any(alive(pid) for pid in pids.values())

    await eventually(gone, seconds=20, what="nothing is left behind")


async def test_root_below_a_folder_only_root_may_enter(
    closed_folder: Path, downloads: Path
) -> None:
    if os.geteuid() != 0:
        pytest.fail("this story is about root: run the suite as root, or deselect it aloud")
    home = closed_folder / "home"
    home.mkdir()
    checkout = clone(closed_folder / "leadflow")
    stack = Stack(
        data=closed_folder / "state",
        arguments=("--sample",),
        checkout=checkout,
        environment={"HOME": str(home), "UV_CACHE_DIR": str(downloads)},
    )
    try:
        await first_minute(stack)
    finally:
        stack.stop()


async def test_an_unprivileged_user(open_folder: Path, downloads: Path) -> None:
    if os.geteuid() != 0:
        pytest.fail("becoming another user needs root: run the suite as root, or deselect it aloud")
    home = open_folder / "home"
    checkout = clone(open_folder / "leadflow")
    home.mkdir()
    give_away(open_folder)
    give_away(downloads)
    stack = Stack(
        data=open_folder / "state",
        arguments=("--sample",),
        checkout=checkout,
        command=(
            "setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
            "env",
            "PATH=/usr/local/bin:/usr/bin:/bin",
        ),
        environment={"HOME": str(home), "UV_CACHE_DIR": str(downloads)},
    )
    try:
        await first_minute(stack)
    finally:
        stack.stop()
