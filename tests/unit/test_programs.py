"""The programs that tests use: looked for on a PATH of this test's own, fetched, or named."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.embedded import cli, programs
from deploy.embedded.operations import check
from deploy.embedded.processes.children import LauncherError, wait_until_gone
from deploy.embedded.programs import BROWSER, PROGRAMS, fetch, find_browser, missing_programs

Script = Callable[..., Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Puts shell scripts on a PATH that holds nothing else; Playwright has no browser."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def put(name: str, *lines: str) -> Path:
        path = folder / name
        path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("LEADFLOW_BROWSER", raising=False)
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    own, fetch_own = put("own-browser", "exit 1"), put("fetch-own", "echo no host >&2; exit 1")
    monkeypatch.setattr(programs, "OWN_BROWSER_RUNS", (str(own),))
    monkeypatch.setattr(programs, "FETCH_OWN_BROWSER", (str(fetch_own),))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return put


def _apt(script: Script, tmp_path: Path, *, update: str = "true") -> Path:
    """An apt whose packages are scripts of their own name; gives the file of what it was told."""
    log, folder = tmp_path / "apt.log", tmp_path / "bin"
    script(
        "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >> {log}',
        f'if [ "$1" = update ]; then {update}; exit; fi',
        f'for word in "$@"; do case "$word" in chromium|curl) /bin/ln -s {folder}/works '
        f'{folder}/"$word";; esac; done',
    )
    script("works", "exit 0")
    return log


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_on_the_path_is_used(name: str, script: Script) -> None:
    path = script(name, '[ "$1" = --version ]')

    assert find_browser() == path
    assert BROWSER not in missing_programs()


def test_a_stub_that_does_not_run_is_no_browser(script: Script) -> None:
    script("chromium", "echo install the snap >&2; exit 1")
    assert find_browser() is None
    assert BROWSER in missing_programs()
    chrome = script("google-chrome", "exit 0")
    assert find_browser() == chrome


def test_the_browser_that_was_named_goes_first_and_must_run(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script("chromium", "exit 0")
    named = script("my-browser", "exit 0")
    for word in (str(named), "my-browser"):
        monkeypatch.setenv("LEADFLOW_BROWSER", word)
        assert find_browser() == named
    monkeypatch.setenv("LEADFLOW_BROWSER", "/no/such/browser")
    assert BROWSER in missing_programs(), "it matters to those tests that use one"
    with pytest.raises(LauncherError, match=r"^LEADFLOW_BROWSER names .*/no/such/browser$"):
        fetch([BROWSER], _forbidden)


def test_playwrights_own_browser_counts_when_it_starts(script: Script) -> None:
    script("own-browser", "exit 0")

    assert find_browser() is None, "Playwright knows where it is"
    assert BROWSER not in missing_programs()


def test_playwright_fetches_first(script: Script, tmp_path: Path) -> None:
    own = tmp_path / "bin" / "own-browser"
    script("fetch-own", f"echo '#!/bin/sh' > {own}")
    log = _apt(script, tmp_path)
    said: list[str] = []

    fetch([BROWSER], said.append)

    assert BROWSER not in missing_programs()
    assert not log.exists()
    assert len(said) == 1


def test_a_download_that_does_not_start_is_made_good_by_apt(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    script("fetch-own", "exit 0")  # fetched, and its libraries are missing
    log = _apt(script, tmp_path, update="false")
    said: list[str] = []

    fetch(missing_programs()[:2], said.append)

    assert [program.name for program in missing_programs()] == ["git", "dovecot", "swaks"]
    update, install = log.read_text().splitlines()
    assert update.split()[:2] == ["update", "-qq"]
    assert install.startswith("noninteractive install -y ")
    assert "--no-install-recommends" in install
    assert install.endswith(" chromium curl")
    assert [line.split()[0] for line in said] == ["fetching", "installing"]


@pytest.mark.parametrize("root", [True, False])
def test_what_cannot_be_had_is_one_line(
    root: bool,
    script: Script,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if root:  # and no apt here
        monkeypatch.setattr(os, "geteuid", lambda: 0)
    else:  # apt is there, and not ours to use
        _apt(script, tmp_path)

    with pytest.raises(LauncherError) as refusal:
        fetch(missing_programs(), lambda _: None)

    (line,) = str(refusal.value).splitlines()
    assert "browser and curl and git" in line
    assert "(no host)" in line
    assert "apt install chromium curl git dovecot-imapd swaks" in line
    assert "LEADFLOW_BROWSER" in line
    assert '-m "not browser and not curl and not git and not dovecot and not swaks"' in line


def test_a_failing_apt_says_why(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    script("apt-get", "echo 'E: no such package' >&2; exit 100")

    with pytest.raises(LauncherError, match=r"\(E: no such package\): install curl \(Debian"):
        fetch(PROGRAMS[1:2], lambda _: None)


def test_a_program_that_hangs_is_given_up_with_its_children(script: Script, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    slow = script("slow", f"/bin/sleep 600 & echo $! > {pid}", "wait")

    seconds = 0.5
    said = programs._runs([str(slow)], seconds=seconds)
    while not (pid.exists() and pid.read_text().strip()):  # a busy machine has not got so far
        seconds *= 10
        said = programs._runs([str(slow)], seconds=seconds)
    assert said == (False, f"slow took longer than {seconds:.0f} s")
    assert wait_until_gone(int(pid.read_text()), patience_seconds=60)


def _forbidden(*_: object) -> None:
    raise AssertionError("nothing may be fetched")


def test_only_what_the_chosen_tests_use_is_fetched(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert missing_programs() == list(PROGRAMS)
    fetched: list[str] = []
    monkeypatch.setattr(
        programs, "fetch", lambda used, _: fetched.extend(each.name for each in used)
    )
    check.prepare(["tests/e2e/test_readme_tour.py", "tests/e2e/test_page.py", "-m", "not curl"])
    assert fetched == ["browser"]
    monkeypatch.setattr(programs, "fetch", _forbidden)
    check.prepare(["tests/unit/test_doctor.py"])
    check.prepare(["tests/no_such_file.py"])


def test_nothing_runs_before_what_the_tests_use_is_there(
    script: Script, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "_run", _forbidden)

    assert cli.main(["test", "tests/e2e/test_page.py"]) == 1

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_machine_that_has_everything_is_not_asked_twice(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in PROGRAMS:
        script(program.commands[0], "exit 0")
    monkeypatch.setattr(programs, "fetch", _forbidden)
    monkeypatch.setattr(check, "COLLECT", ["/no/such/program"])

    check.prepare([])


def test_ci_leaves_the_programs_to_the_command() -> None:
    script = (Path(__file__).parents[2] / ".ci/run").read_text()

    assert script.endswith('exec ./leadflow test "$@"\n')
    assert not [program.name for program in PROGRAMS if program.package in script]
