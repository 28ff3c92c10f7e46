"""Imports go down only, and importing changes and needs nothing."""

import json
import os
import subprocess
import sys

from tests.architecture.tree import ROOT, python, shown

# Imports every module with an empty environment, no network and no file written.
PROBE = """
import importlib, json, socket, sys, threading

def refuse(*_):
    raise RuntimeError("a module reached for the network at import")

socket.socket.connect = refuse
socket.socket.connect_ex = refuse
before = threading.active_count()
failed = {}
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = f"{type(error).__name__}: {error}"
if threading.active_count() != before:
    failed["threads"] = "a module started one"
print(json.dumps(failed))
"""


def _modules() -> list[str]:
    paths = [path for path in python("services", "shared") if "migrations" not in path.parts[:-1]]
    names = [shown(path).removesuffix(".py").replace("/", ".") for path in paths]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def test_nothing_happens_at_import() -> None:
    modules = _modules()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        input=json.dumps(modules),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        timeout=120,
    )

    assert len(modules) > 100
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {}


AT_START = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted({"numpy", "pandas"} & sys.modules.keys()))
"""


def test_no_service_loads_arrays_at_start() -> None:
    paths = ROOT.glob("services/*/service.py")
    services = [f"services.{path.parent.name}.service" for path in paths]
    done = subprocess.run(
        [sys.executable, "-c", AT_START, *services, "shared.process", "deploy.embedded.up"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        timeout=120,
    )

    assert len(services) == len({"intake", "routing", "history", "kpi"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_the_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports_command as command; command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout
