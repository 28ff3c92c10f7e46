"""`./leadflow test --sabotage`: switch each mechanism off in turn; each of its tests must turn red.

A mechanism whose test stays green without it is a promise nobody keeps.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.support.mechanisms import MECHANISMS, Mechanism
from tests.support.sabotage_children import PYTEST, SECONDS, Said, child, workshop

ROOT = Path(__file__).resolve().parents[2]
RED = 1  # pytest: tests ran and some failed


def red_in(mechanism: Mechanism, said: Said) -> tuple[bool, str]:
    """Whether its tests failed as they should, and the last words."""
    code, text = said
    last = (text.strip().splitlines() or [f"exit {code}"])[-1]
    green = [test for test in mechanism.tests if f"\nFAILED {test}" not in text]
    # A fixture that breaks is counted as an error: it says nothing about the test.
    if code != RED or len(green) == len(mechanism.tests):
        return False, last
    return not green, f"{last}; but not {', '.join(green)}" if green else last


def apart(mechanism: Mechanism) -> Said:
    """What is replaced before anything is imported is replaced in what is made at import too."""
    command = [
        *(sys.executable, "-m", "pytest", *PYTEST, "-p", "tests.support.sabotage_plugin"),
        *(f"--without-mechanism={mechanism.name}", *mechanism.tests),
    ]
    try:
        found = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None, f"no end within {SECONDS} s"
    return found.returncode, found.stdout or found.stderr


def runs_red(mechanism: Mechanism) -> tuple[bool, str]:
    """Run its tests without the mechanism: (did they fail as they should, last words)."""
    red, words = red_in(mechanism, child(mechanism))
    return (red, words) if red else red_in(mechanism, apart(mechanism))


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
    with workshop():
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
