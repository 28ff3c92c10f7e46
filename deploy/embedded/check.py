"""`leadflow test`: lint, types, import contracts, then the whole suite; or each promise's sabotage.

The suite's closing line is the last thing printed.
"""

import subprocess
import sys
from collections.abc import Sequence

from deploy.embedded.surroundings import ROOT, inherited

PYTHON = [sys.executable, "-P", "-m"]
IMPORT_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
STEPS = (
    ("lint", [*PYTHON, "ruff", "check", "."]),
    ("format", [*PYTHON, "ruff", "format", "--check", "."]),
    ("types", [*PYTHON, "mypy"]),
    ("imports", [sys.executable, "-P", "-c", IMPORT_LINTER]),
)


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=inherited(), check=False).returncode


def test(arguments: Sequence[str], *, sabotage: bool) -> int:
    """The exit code of the first step that failed; `arguments` go to pytest as they are."""
    if sabotage:
        return _run([*PYTHON, "tests.support.sabotage", *arguments])
    for name, command in STEPS:
        print(f"leadflow: {name}", flush=True)
        code = _run(command)
        if code != 0:
            print(f"leadflow: {name} failed", file=sys.stderr, flush=True)
            return code
    print("leadflow: tests", flush=True)
    return _run([*PYTHON, "pytest", *arguments])
