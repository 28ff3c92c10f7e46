"""`./leadflow test --sabotage`: switch each mechanism off in turn; its test must turn red.

A mechanism whose test stays green without it is a promise nobody keeps.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.support.mechanisms import MECHANISMS, Mechanism

ROOT = Path(__file__).resolve().parents[2]
RED = 1  # pytest: tests ran and some failed
SECONDS = 300


def runs_red(mechanism: Mechanism) -> tuple[bool, str]:
    """Run the mechanism's test without the mechanism: (did it fail as it should, last words)."""
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("-p", "tests.support.sabotage_plugin", f"--without-mechanism={mechanism.name}"),
        *mechanism.tests,
    ]
    try:
        found = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"no end within {SECONDS} s"
    words = (found.stdout.strip() or found.stderr.strip()).splitlines()
    last = words[-1] if words else f"exit {found.returncode}"
    # A fixture that breaks is counted as an error: it says nothing about the test.
    return found.returncode == RED and " failed" in last, last


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 when every test turned red."""
    parser = argparse.ArgumentParser(prog="./leadflow test --sabotage")
    parser.add_argument("names", nargs="*", help="mechanisms to switch off (default: all)")
    chosen = parser.parse_args(arguments).names
    unknown = set(chosen) - {mechanism.name for mechanism in MECHANISMS}
    if unknown:
        parser.error(f"unknown mechanisms: {', '.join(sorted(unknown))}")
    green = 0
    mechanisms = [item for item in MECHANISMS if not chosen or item.name in chosen]
    for number, mechanism in enumerate(mechanisms, start=1):
        began = time.monotonic()
        red, words = runs_red(mechanism)
        green += not red
        verdict = "red, as it must be" if red else "STAYED GREEN"
        print(  # noqa: T201  this is a command
            f"{number:>3}/{len(mechanisms)}  promise {mechanism.promise:>2}  "
            f"{mechanism.name:<36} {verdict}  "
            f"({time.monotonic() - began:.0f} s; {words})",
            flush=True,
        )
    return 1 if green else 0


if __name__ == "__main__":
    sys.exit(main())
