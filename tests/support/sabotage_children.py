"""Children that have imported the product already, each with one mechanism switched off.

Most of what a sabotage takes is to import the product and to start a database: here both are
done once. Everywhere a name stands for the mechanism it is replaced; what was made of it at import
(a table, a decorated function) keeps it, and whoever is not red so is tried anew.
"""

import asyncio
import gc
import importlib
import os
import pkgutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.support import infrastructure, mechanisms, waiting
from tests.support.mechanisms import Mechanism

SECONDS = 300
PYTEST = ("-q", "-p", "no:cacheprovider")
PRODUCT = ("shared", "services", "deploy")
Said = tuple[int | None, str]  # exit code, if it ended by itself, and what it wrote


@contextmanager
def workshop() -> Iterator[None]:
    """What children begin with: the product, and a database with the tables of every service."""
    for top in PRODUCT:
        package = importlib.import_module(top)
        for module in pkgutil.walk_packages(package.__path__, f"{top}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    with infrastructure.private_cluster() as cluster:
        asyncio.run(infrastructure.make_templates(cluster))
        infrastructure.standing = cluster
        gc.collect()
        gc.freeze()
        yield


def child(mechanism: Mechanism) -> Said:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        process = get_context("fork").Process(target=_run, args=(mechanism, output))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            os.killpg(process.pid or 0, signal.SIGKILL)
            process.join()
            return None, f"no end within {SECONDS} s"
        return process.exitcode, output.read_text(encoding="utf-8", errors="replace")


def _run(mechanism: Mechanism, output: Path) -> None:
    os.setsid()
    descriptor = os.open(output, os.O_CREAT | os.O_WRONLY, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    waiting.PATIENCE_SECONDS = 0.0  # what has been taken away does not come
    for place, replacement in mechanism.replacements.items():
        _switch_off(place, replacement)
    code = pytest.main(
        # Nobody asserts in what is imported already.
        [*PYTEST, "-W", "ignore::pytest.PytestAssertRewriteWarning", *mechanism.tests]
    )
    sys.stdout.flush()
    sys.exit(int(code))


def _switch_off(place: str, replacement: object) -> None:
    """Where it is defined and wherever it was imported from there; else at this place alone."""
    home, _, attribute = place.partition(":")
    original = getattr(importlib.import_module(home), attribute)
    everywhere = getattr(original, "__module__", None) == home
    for name, module in list(sys.modules.items()):
        # What stands in a mechanism's place may use it.
        if name == home or (everywhere and _ours(name)):
            for key, value in list(vars(module).items()):
                if value is original:
                    setattr(module, key, replacement)


def _ours(name: str) -> bool:
    return name.startswith((*PRODUCT, "tests.")) and not name.startswith(mechanisms.__name__)
