"""`leadflow test`: lint, types, import contracts, then the whole suite; or each promise's sabotage.

Before anything else the chosen tests get the programs they use. What needs one core is done at once
and printed in order. The suite's closing line is the last thing printed.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from deploy.embedded import programs
from deploy.embedded.environment import ROOT, inherited

PYTHON = [sys.executable, "-P", "-m"]
LIST = [*PYTHON, "pytest", "--collect-only", "-qq"]
COLLECT = [*LIST, "-p", "tests.support.programs_plugin"]
USES = "uses: "  # begins the line in which that plugin names the programs of the chosen tests
# Tests wait for nearly half of their time: two processes more than cores keep the cores busy.
WORKERS = str(min(os.cpu_count() or 1, 4) + 2)
IN_PARALLEL = ("-n", WORKERS)
BYTECODE = ROOT / ".venv" / "bytecode"
IMPORT_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
STEPS = (
    ("lint", [*PYTHON, "ruff", "check", "."]),
    ("format", [*PYTHON, "ruff", "format", "--check", "."]),
    ("types", [*PYTHON, "mypy"]),
    ("imports", [sys.executable, "-P", "-c", IMPORT_LINTER]),
)


def _environment() -> dict[str, str]:
    """Ours, with a place for bytecode: without one, each of the hundreds of processes that a suite
    starts would compile all that it imports, the tests themselves in each of its workers.
    """
    variables = inherited() | {"PYTHONPYCACHEPREFIX": str(BYTECODE)}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode


def _check(arguments: Sequence[str]) -> int:
    """The exit code of the first step that failed; what is still running then is ended."""
    with ExitStack() as stack:
        # So that the tests are compiled by one process, before all workers ask for them.
        _start([*LIST, *arguments], stack, subprocess.DEVNULL)
        steps = [(name, _start(command, stack)) for name, command in STEPS]
        for name, step in steps:
            _say(name)
            words, _ = step.communicate()
            code = step.returncode
            print(words, end="", flush=True)
            if code != 0:
                print(f"leadflow: {name} failed", file=sys.stderr, flush=True)
                return code
    return 0


def _start(
    command: Sequence[str], stack: ExitStack, words: int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    step = subprocess.Popen(
        command, cwd=ROOT, env=_environment(), stdout=words, stderr=subprocess.STDOUT, text=True
    )
    stack.enter_context(step)
    stack.callback(step.terminate)
    return step


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
        env=_environment(),
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
    code = _check(arguments)
    if code != 0:
        return code
    _say("tests")
    return _run([*PYTHON, "pytest", *IN_PARALLEL, *arguments])
