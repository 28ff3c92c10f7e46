"""The pages that people read: what they name, link to and call their chapters."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.architecture.tree import ROOT

# DECISIONS.md and CHANGELOG.md tell of what was: what they name need not be there any more.
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TICKED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FOLDERS = "services|shared|deploy|tests|benchmarks|docs"
PATH = re.compile(rf"(?:{FOLDERS})/[\w./*-]*")
BARE_FILE = re.compile(r"[\w.-]+\.(?:py|md|toml|lock|yml|yaml)")
COMMAND = re.compile(r"python3? -m ([\w.]+)")
MODULE = re.compile(rf"(?:{FOLDERS})(?:\.\w+)+")


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def ticked(page: Path) -> list[str]:
    """What stands in backticks, outside blocks of code."""
    return TICKED.findall(prose(page))


def doubled_lines(page: Path) -> list[str]:
    """Long lines that stand there more than once; heads of tables may."""
    lines = [line for line in prose(page).splitlines() if len(line) > 50 and line[0] != "|"]
    return [line for line, times in Counter(lines).items() if times > 1]


def crowded_headings(page: Path) -> list[str]:
    """Headings right below a line of text: a table or a sentence would run into them."""
    lines = prose(page).splitlines()
    return [
        line
        for above, line in pairwise(lines)
        if line.startswith("#") and above.strip() and not above.startswith("#")
    ]


def paths(page: Path) -> Iterator[str]:
    """The files and folders that the page names: from the root, and whole."""
    for token in ticked(page):
        if PATH.fullmatch(token) or BARE_FILE.fullmatch(token):
            yield token


def is_there(path: str) -> bool:
    return any(ROOT.glob(path.rstrip("/"))) if "*" in path else (ROOT / path).exists()


def modules(page: Path) -> Iterator[str]:
    """The modules that the page names by their dotted names, in commands too."""
    yield from COMMAND.findall(page.read_text(encoding="utf-8"))
    yield from (token for token in ticked(page) if MODULE.fullmatch(token))


def module_is_there(name: str) -> bool:
    """Whether it is a module of ours, or something in one; others' modules are their affair."""
    first, *rest = name.split(".")
    if not re.fullmatch(FOLDERS, first):
        return True
    place = ROOT.joinpath(first, *rest)
    return place.is_dir() or any(here.with_suffix(".py").exists() for here in (place, place.parent))


def chapters(page: Path) -> dict[str, str]:
    """Heading → text below it, up to the next heading of any level."""
    _, *parts = HEADING.split(prose(page))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def anchor(heading: str) -> str:
    """How a link names a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def broken_links(page: Path) -> list[str]:
    """Links to files that are not there, or to chapters that they do not have."""
    links = [link for link in LINK.findall(prose(page)) if "://" not in link]
    return [link for link in links if not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, place = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not place or place in map(anchor, chapters(target)))
