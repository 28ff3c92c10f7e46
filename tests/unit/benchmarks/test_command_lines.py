"""Every benchmark says what it does, and the product does not know that there are any."""

import ast
import importlib
from argparse import ArgumentParser

import pytest

from tests.architecture.tree import parsed, python, shown

NAMES = [path.stem for path in python("benchmarks") if path.stem != "__init__"]
PROGRAMS = [
    "attacks", "floor", "forecast", "growth", "indicators", "intake_door", "load", "money",
    "open_leads", "planning", "plans", "reports", "rivals", "segments", "simulator", "smtp",
    "stages", "timelines", "whole_path",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_that_can_be_run_is_one_of_those_listed_here(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")

    assert (name in PROGRAMS) == hasattr(module, "new_parser")


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_says_how_it_is_called(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser: ArgumentParser = importlib.import_module(f"benchmarks.{name}").new_parser()

    with pytest.raises(SystemExit) as end:
        parser.parse_args(["--help"])

    assert end.value.code == 0
    assert f"usage: python -m benchmarks.{name}" in capsys.readouterr().out


def test_the_product_knows_of_no_benchmark() -> None:
    for path in python("services", "shared", "deploy"):
        for node in ast.walk(parsed(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(name.split(".")[0] == "benchmarks" for name in names), shown(path)
