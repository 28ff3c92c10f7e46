"""What the pages name is there, and what they draw is whole: a rename changes them with it."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.pages import (
    PAGES,
    anchor,
    broken_links,
    chapters,
    crowded_headings,
    doubled_lines,
    is_there,
    module_is_there,
    modules,
    paths,
    prose,
    ticked,
)
from tests.architecture.tree import PRODUCT, ROOT, files, python, shown

TOLD = (*PAGES, ROOT / "DECISIONS.md", ROOT / "CHANGELOG.md")
DRAWING, GLOSSARY = ROOT / "docs" / "architecture.md", ROOT / "docs" / "glossary.md"
# Where every module is part of a mechanism that is drawn.
DRAWN = ("shared/messaging", "shared/runtime", "shared/reconciliation")
WORD = re.compile(r"^- \*\*(.+?)\*\*( \(.+?\))?: .+$")
NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]{2,}")


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    assert [path for path in paths(page) if not is_there(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_the_modules_that_a_page_names_are_there(page: Path) -> None:
    assert [name for name in modules(page) if not module_is_there(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", TOLD, ids=shown)
def test_a_page_says_nothing_twice_and_sets_its_chapters_apart(page: Path) -> None:
    assert doubled_lines(page) == []
    assert crowded_headings(page) == []


def test_what_is_looked_for_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One\n`shared/gone.py` `gone.py` `shared/wakeup.py` `python -m tests.gone.too`\n"
        "[a](no.md) [b](#two) [c](#one) [d](https://example.org/no.md)\n"
    )

    assert [path for path in paths(page) if not is_there(path)] == ["shared/gone.py", "gone.py"]
    assert [name for name in modules(page) if not module_is_there(name)] == ["tests.gone.too"]
    assert broken_links(page) == ["no.md", "#two"]
    sentence = "This sentence is long enough to be told twice by mistake.\n"
    page.write_text(f"# One\n{sentence}{sentence}## Two\n| {sentence}| {sentence}\n# Three\n")
    assert doubled_lines(page) == [sentence.strip()]
    assert crowded_headings(page) == ["## Two"]
    assert anchor("1. What's `held`?") == "1-whats-held"


@cache
def _names_of_the_product() -> frozenset[str]:
    texts = [path.read_text(encoding="utf-8") for path in python(*PRODUCT)]
    texts += [path.read_text(encoding="utf-8") for path in files("docs/openapi")]
    names = {name for text in texts for name in NAME.findall(text)}
    return frozenset(names | {path.stem for path in python(*PRODUCT)})


@pytest.mark.parametrize("page", [DRAWING, GLOSSARY], ids=shown)
def test_the_names_in_the_drawing_and_the_glossary_are_the_programs(page: Path) -> None:
    plain = [token for token in ticked(page) if token not in {*paths(page)}]
    names = {name for token in plain for name in NAME.findall(token)}

    assert names
    assert sorted(names - _names_of_the_product()) == []


def test_every_module_of_the_mechanisms_is_in_the_drawing() -> None:
    drawn = set(paths(DRAWING))
    modules_drawn = [shown(path) for path in python(*DRAWN) if path.name != "__init__.py"]

    assert [path for path in modules_drawn if path not in drawn] == []


def test_every_room_is_in_the_drawing() -> None:
    named = {name for token in ticked(DRAWING) for name in NAME.findall(token)}
    folders = [
        folder
        for room in ("domain", "repository", "use_cases", "channels")
        for folder in ROOT.glob(f"services/*/{room}/*/")
        if (folder / "__init__.py").exists()
    ]

    assert len(folders) > 50
    assert sorted(shown(folder) for folder in folders if folder.name not in named) == []


def test_each_mechanism_names_its_code_and_its_tests() -> None:
    text = prose(DRAWING).split("\n## Mechanisms\n", 1)[1].split("\n## ", 1)[0]
    mechanisms = [heading for heading in chapters(DRAWING) if f"\n### {heading}\n" in text]

    assert len(mechanisms) > 10
    for heading in mechanisms:
        told = chapters(DRAWING)[heading]
        assert re.search(r"^Code: `(services|shared|deploy)/", told, re.MULTILINE), heading
        assert re.search(r"^Tests: `tests/", told, re.MULTILINE), heading


def test_the_glossary_has_one_line_for_each_word_in_their_order() -> None:
    lines = [line for line in prose(GLOSSARY).splitlines() if line.startswith("- ")]
    words = [match[1].lower() if (match := WORD.match(line)) else line for line in lines]

    assert len(words) > 40
    assert [line for line in lines if not WORD.match(line)] == []
    assert words == sorted(set(words))


def test_every_page_can_be_found_from_readme() -> None:
    text = prose(ROOT / "README.md")

    assert [shown(page) for page in PAGES[1:] if f"]({shown(page)}" not in text] == []
