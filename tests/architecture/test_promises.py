"""The promise table that people read and the sabotage run that machines do are the same table."""

import ast
import importlib
import re
from pathlib import Path

from tests.architecture.tree import ROOT, parsed
from tests.support.mechanisms import MECHANISMS

PROMISES = set(range(1, 12))


def _rows() -> dict[int, str]:
    """Number → the row of README's table, whole."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Promises", 1)[1].split("\n## ", 1)[0]
    found: dict[int, str] = {}
    for line in section.splitlines():
        cells = re.match(r"^\|\s*(\d+)\b", line)
        if cells:
            number = int(cells[1])
            found[number] = found.get(number, "") + line
    return found


def _test_exists(test: str) -> bool:
    path, *names = test.split("::")
    if not (ROOT / path).exists():
        return False
    body: list[ast.stmt] = parsed(ROOT / path).body if (ROOT / path).is_file() else []
    for name in (one.split("[")[0] for one in names):
        inner = [node for node in body if getattr(node, "name", None) == name]
        if not inner:
            return False
        body = getattr(inner[0], "body", [])
    return True


def test_every_promise_stands_in_the_table_and_has_a_mechanism() -> None:
    assert _rows().keys() == PROMISES
    assert {mechanism.promise for mechanism in MECHANISMS} == PROMISES


def test_a_mechanism_has_one_name() -> None:
    names = [mechanism.name for mechanism in MECHANISMS]

    assert len(names) == len(set(names))


def test_the_table_names_the_mechanisms_and_their_tests() -> None:
    rows = _rows()
    for mechanism in MECHANISMS:
        row = rows[mechanism.promise]
        assert f"`{mechanism.name}`" in row
        assert mechanism.tests
        for test in mechanism.tests:
            assert _test_exists(test), f"{test} does not exist"
            assert Path(test.split("::")[0]).name in row, f"{mechanism.name}: {test} is not shown"


def test_what_is_switched_off_exists() -> None:
    for mechanism in MECHANISMS:
        assert mechanism.replacements, mechanism.name
        for place in mechanism.replacements:
            module, _, name = place.partition(":")
            found: object = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
            assert callable(found), place
