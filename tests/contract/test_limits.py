"""`docs/limits.md` is what the program's constants say, and no limit is missing from it.

`python -m tests.contract.test_limits --write` writes it anew.
"""

import ast
import re
import sys
from pathlib import Path

from tests.architecture.tree import ROOT, parsed, python
from tests.contract.limit_table import CHAPTERS, UNSEEN
from tests.contract.limits import document

PUBLISHED = ROOT / "docs" / "limits.md"
WRITE = "python -m tests.contract.test_limits --write"
# How a constant is named that a sender, a caller or an operator can run into.
LIMITING = re.compile(r"^_?(MAX|LONGEST|LARGEST|DEEPEST|MOST|LEAST)(_|$)")


def _constants(path: Path) -> set[str]:
    """`module:NAME` of each number at the top of a module that is named as a limit."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    names = set()
    for node in parsed(path).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        names |= {
            f"{module}:{target.id}"
            for target in targets
            if isinstance(target, ast.Name) and LIMITING.match(target.id)
        }
    return names


def test_it_is_the_published_one() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == document(CHAPTERS), f"if it is meant: {WRITE}"


def test_every_limit_of_the_product_is_told_or_is_nobodys_concern() -> None:
    limits = {
        constant
        for path in python()
        if path.relative_to(ROOT).parts[0] in {"services", "shared"}
        for constant in _constants(path)
    }
    listed = {limit.place for chapter in CHAPTERS for limit in chapter.limits}
    assert limits - listed - UNSEEN.keys() == set(), "tell of it in limit_table"
    assert UNSEEN.keys() - limits == set(), "gone from the program"
    assert not listed & UNSEEN.keys()


def test_every_limit_has_a_consequence() -> None:
    for chapter in CHAPTERS:
        for limit in chapter.limits:
            assert limit.value > 0, limit
            assert limit.beyond, limit


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PUBLISHED.write_text(document(CHAPTERS), encoding="utf-8")
