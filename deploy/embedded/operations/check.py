"""`leadflow test`: lint, types, import contracts, then the whole suite; or each promise's sabotage.

Before anything else the chosen tests get the programs they use. The suite's closing line is the
last thing printed.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from deploy.embedded import programs
from deploy.embedded.environment import ROOT, inherited

PYTHON = [sys.executable, "-P", "-m"]
COLLECT = [*PYTHON, "pytest", "--collect-only", "-qq", "-p", "tests.support.programs_plugin"]
USES = "uses: "  # begins the line in which that plugin names the programs of the chosen tests
# Tests wait for nearly half of their time: two processes more than cores keep the cores busy.
WORKERS = str(min(os.cpu_count() or 1, 4) + 2)
IN_PARALLEL = ("-n", WORKERS)
IMPORT_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
STEPS = (
    ("lint", [*PYTHON, "ruff", "check", "."]),
    ("format", [*PYTHON, "ruff", "format", "--check", "."]),
    ("types", [*PYTHON, "mypy"]),
    ("imports", [sys.executable, "-P", "-c", IMPORT_LINTER]),
)


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=inherited(), check=False).returncode


def _say(line: str) -> None:
    print(f"leadflow: {line}", flush=True)


def prepare(arguments: Sequence[str]) -> None:
    """Get the programs that the chosen tests use and this machine lacks. Raises LauncherError.

    A collection that fails names none: the steps that follow show what is wrong.
    """
    missing = programs.missing_programs()
    if not missing:
        return
    answer = subprocess.run(
        [*COLLECT, *arguments],
        cwd=ROOT,
        env=inherited(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    lines = [line for line in answer.stdout.splitlines() if line.startswith(USES)]
    names = {name for line in lines for name in line.removeprefix(USES).split()}
    needs = [program for program in missing if program.name in names]
    if needs:
        programs.fetch(needs, _say)


def test(arguments: Sequence[str], *, sabotage: bool) -> int:
    """The exit code of the first step that failed; `arguments` go to pytest as they are, so that
    `-n 0` runs all in one process.

    Raises LauncherError when a program that the chosen tests use cannot be had.
    """
    if sabotage:
        return _run([*PYTHON, "tests.support.sabotage", *arguments])
    prepare(arguments)
    for name, command in STEPS:
        _say(name)
        code = _run(command)
        if code != 0:
            print(f"leadflow: {name} failed", file=sys.stderr, flush=True)
            return code
    _say("tests")
    return _run([*PYTHON, "pytest", *IN_PARALLEL, *arguments])
