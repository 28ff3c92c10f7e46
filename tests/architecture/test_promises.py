"""The promises that people read and the sabotage run that machines do are the same.

`python -m tests.architecture.test_promises --write` writes the tables of `docs/promises.md` anew.
"""

import ast
import importlib
import re
import sys
from collections.abc import Mapping, Sequence

from tests.architecture.pages import anchor
from tests.architecture.tree import ROOT, parsed
from tests.support.mechanisms import MECHANISMS, Mechanism

PAGE = ROOT / "docs" / "promises.md"
WRITE = "python -m tests.architecture.test_promises --write"
PROMISES = set(range(1, 12))
HEADING = re.compile(r"^## (?=\d+\. )", re.MULTILINE)
LINE = re.compile(r"^(\d+\. )\[(.+)\]\(docs/promises\.md#(.+)\)$", re.MULTILINE)
ROW = re.compile(r"^\| ([^|]+) \| ([^|]*) \| `", re.MULTILINE)
TABLE = ("| Mechanism | What it does | Taken out at | Test that then fails |", "|---|---|---|---|")
UNTOLD = "?"


def with_tables(text: str) -> str:
    """The page with a table of its mechanisms below each promise; what each does stays as told."""
    head, *parts = HEADING.split(text)
    told = dict(ROW.findall(text))
    return head + "".join(f"## {_with_table(part, told)}" for part in parts)


def _with_table(part: str, told: Mapping[str, str]) -> str:
    number = int(part.split(".", 1)[0])
    words = "\n".join(line for line in part.splitlines() if not line.startswith("|")).rstrip()
    rows = [_row(mechanism, told) for mechanism in MECHANISMS if mechanism.promise == number]
    return "\n".join([words, "", *TABLE, *rows, "", ""])


def _row(mechanism: Mechanism, told: Mapping[str, str]) -> str:
    what = told.get(mechanism.name, UNTOLD)
    places = ", ".join(map(_place, mechanism.replacements))
    return f"| {mechanism.name} | {what} | {places} | {', '.join(map(_test, mechanism.tests))} |"


def _place(place: str) -> str:
    module, _, name = place.partition(":")
    return f"`{name}` in `{_file_of(module)}`"


def _file_of(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return str(file.relative_to(ROOT))


def _test(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[`{name}`](../{path})"


def _written() -> str:
    return PAGE.read_text(encoding="utf-8")


def _test_exists(test: str) -> bool:
    path, *names = test.split("::")
    if not (ROOT / path).exists():
        return False
    body: Sequence[ast.stmt] = parsed(ROOT / path).body if (ROOT / path).is_file() else []
    for name in (one.split("[")[0] for one in names):
        inner = [node for node in body if getattr(node, "name", None) == name]
        if not inner:
            return False
        body = getattr(inner[0], "body", [])
    return True


def test_every_promise_stands_on_the_page_and_has_a_mechanism() -> None:
    numbers = [int(part.split(".", 1)[0]) for part in HEADING.split(_written())[1:]]

    assert numbers == sorted(PROMISES)
    assert {mechanism.promise for mechanism in MECHANISMS} == PROMISES


def test_the_page_has_the_tables_of_the_sabotage_run() -> None:
    assert _written() == with_tables(_written()).rstrip() + "\n", f"if it is meant: {WRITE}"


def test_the_page_says_what_each_mechanism_does() -> None:
    told = dict(ROW.findall(_written()))

    assert [name for name, what in told.items() if what.strip() in {"", UNTOLD}] == []
    assert told.keys() == {mechanism.name for mechanism in MECHANISMS}


def test_readme_has_one_line_for_each_promise_that_leads_to_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## Promises\n", 1)[1].split("\n## ", 1)[0]
    headings = [part.splitlines()[0] for part in HEADING.split(_written())[1:]]

    lines = LINE.findall(section)

    assert [number + words for number, words, _ in lines] == headings
    assert [place for _, _, place in lines] == [anchor(heading) for heading in headings]


def test_a_mechanism_has_one_name() -> None:
    names = [mechanism.name for mechanism in MECHANISMS]

    assert len(names) == len(set(names))


def test_the_tests_of_the_mechanisms_are_there() -> None:
    for mechanism in MECHANISMS:
        assert mechanism.tests, mechanism.name
        for test in mechanism.tests:
            assert _test_exists(test), f"{test} does not exist"


def test_what_is_switched_off_exists() -> None:
    for mechanism in MECHANISMS:
        assert mechanism.replacements, mechanism.name
        for place in mechanism.replacements:
            module, _, name = place.partition(":")
            target: object = importlib.import_module(module)
            for part in name.split("."):
                target = getattr(target, part)
            assert callable(target), place


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(with_tables(_written()).rstrip() + "\n", encoding="utf-8")
