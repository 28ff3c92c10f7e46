"""The programs beside Python that some tests use: looked for, else fetched, else named in one line.

A program counts only if it runs: a stub that sends people to a shop of packages does not.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.options import Say
from deploy.embedded.processes.children import LauncherError, kill_group

LOOK_SECONDS = 30.0  # for a program to say its version, or a browser to start and stop
FETCH_SECONDS = 300.0  # for Playwright's download
CONNECT_MILLISECONDS = "10000"  # for each of its tries to reach the place of downloads
APT_SECONDS = 900.0  # for apt's lists, and again for its packages
CHOSEN_BROWSER = "LEADFLOW_BROWSER"
START_OWN_BROWSER = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    playwright.chromium.launch().close()
"""
OWN_BROWSER_RUNS = (sys.executable, "-c", START_OWN_BROWSER)
FETCH_OWN_BROWSER = (sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")


@dataclass(frozen=True, slots=True)
class Program:
    """`name` is also the marker of the tests that use it; any of `commands` will do."""

    name: str
    commands: tuple[str, ...]
    package: str

    def path(self) -> Path | None:
        """The first of its commands that stands on PATH and runs."""
        for command in self.commands:
            path = shutil.which(command)
            if path is not None and _runs([path, "--version"])[0]:
                return Path(path)
        return None


BROWSER = Program("browser", ("chromium", "chromium-browser", "google-chrome"), "chromium")
PROGRAMS = (
    BROWSER,
    Program("curl", ("curl",), "curl"),
    Program("git", ("git",), "git"),
    Program("dovecot", ("dovecot",), "dovecot-imapd"),
    Program("swaks", ("swaks",), "swaks"),
)


def find_browser() -> Path | None:
    """The browser that LEADFLOW_BROWSER names, else one on PATH; None means Playwright's own.

    Raises LauncherError when the one that was named does not run.
    """
    name = os.environ.get(CHOSEN_BROWSER)
    if not name:
        return BROWSER.path()
    path = shutil.which(name)
    if path is None or not _runs([path, "--version"])[0]:
        raise LauncherError(f"{CHOSEN_BROWSER} names no browser that runs: {name}")
    return Path(path)


def missing_programs() -> list[Program]:
    """Those that this machine lacks now; a browser that was named and does not run is one."""
    return [program for program in PROGRAMS if not _present(program)]


def fetch(programs: Sequence[Program], say: Say) -> None:
    """Playwright's own download for the browser, then apt where we are root.

    Raises LauncherError with the one line that says what to install.
    """
    missing, reason = list(programs), ""
    if BROWSER in missing:
        find_browser()  # raises if the one that was named does not run
        say("fetching a browser for the tests (Playwright's own, about 100 MB)")
        is_fetched, reason = _runs(
            FETCH_OWN_BROWSER,
            seconds=FETCH_SECONDS,
            PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=CONNECT_MILLISECONDS,
        )
        # Its system libraries may be missing: what was fetched must also start.
        if is_fetched and _present(BROWSER):
            missing.remove(BROWSER)
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        reason = _install([program.package for program in missing], say)
        missing = [program for program in missing if not _present(program)]
    if missing:
        raise LauncherError(_advice(missing, reason))


def _present(program: Program) -> bool:
    if program is not BROWSER:
        return program.path() is not None
    try:
        return find_browser() is not None or _runs(OWN_BROWSER_RUNS)[0]
    except LauncherError:
        return False


def _install(packages: Sequence[str], say: Say) -> str:
    """By apt; gives its last line, which is the reason if a package is still not there."""
    say(f"installing {', '.join(packages)} by apt, once")
    waits = ("-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=1")
    # A list that cannot be fetched need not be the one that knows the package.
    _runs(["apt-get", "update", "-qq", *waits], seconds=APT_SECONDS)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *waits, *packages]
    return _runs(install, seconds=APT_SECONDS, DEBIAN_FRONTEND="noninteractive")[1]


def _advice(missing: Sequence[Program], reason: str) -> str:
    names = " and ".join(program.name for program in missing)
    packages = " ".join(program.package for program in missing)
    spared = " and ".join(f"not {program.name}" for program in missing)
    browser = f", or name one in {CHOSEN_BROWSER}" if BROWSER in missing else ""
    because = f" ({reason})" if reason else ""
    return (
        f"the tests need {names}, which could not be fetched{because}: install {packages}{browser}"
        f' (Debian: apt install {packages}), or leave these tests out: -m "{spared}"'
    )


def _runs(
    command: Sequence[str], *, seconds: float = LOOK_SECONDS, **variables: str
) -> tuple[bool, str]:
    """Whether it succeeded in time, and the last line it wrote to stderr."""
    environment: Mapping[str, str] = {**os.environ, **variables}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
            start_new_session=True,
        )
    except OSError as refusal:
        return False, str(refusal.strerror)
    try:
        _, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False, f"{Path(command[0]).name} took longer than {seconds:.0f} s"
    finally:
        # A program that starts others leaves none behind, not even when we are interrupted.
        kill_group(process.pid)
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    return process.returncode == 0, lines[-1] if lines else ""
